"""Runs a command with one of its streams on a terminal, and the other one in a file.

    python3 terminal.py stdout|stderr FILE COMMAND...

Prints what the terminal got. The terminal does not say how wide it is.
"""
import os
import pty
import subprocess
import sys

name, path, *command = sys.argv[1:]
terminal, child = pty.openpty()
with open(path, "wb") as file:
    streams = {"stdout": file, "stderr": file, name: child}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **streams)
os.close(child)
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # nobody has it open any more
        break
    if not data:
        break
    os.write(1, data)
sys.exit(process.wait())
