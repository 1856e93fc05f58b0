"""Make Pulumi's SDK wait for its calls before it waits for outputs."""

import asyncio

from pulumi.runtime import settings as sdk_settings


def let_calls_begin_first() -> None:
    """Give the SDK a first call to wait for, one that has ended; to be called as a program begins.

    When the program's last line is done, no call has begun: the SDK finds none to wait for, goes on
    to its outputs, and then looks at all of them again for each answer that comes. With one call in
    its list it gives the loop a turn, in which the others begin, and waits for them one by one.
    """
    ended = asyncio.get_running_loop().create_future()
    ended.set_result(None)
    sdk_settings.SETTINGS.rpc_manager.rpcs.append(ended)
