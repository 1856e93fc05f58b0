"""What do sites share whose machines and networks our own handlers make?"""
