"""For a process with this folder in PYTHONPATH, every file system is read-only.

An audit hook (PEP 578) cannot be taken out again, and hears of whatever Python opens or changes.
"""

import errno
import os
import sys

CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def refuse_changes(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open":
        path, _, flags = arguments
        # What is open already is no file of the file system, as pipes and terminals are not.
        if isinstance(path, int) or path == os.devnull or not int(str(flags)) & WRITING:
            return
    elif event not in CHANGES:
        return
    raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(arguments[0]))


sys.addaudithook(refuse_changes)
