"""What do sites share whose machines are leased and installed?"""
