"""Lands content of an upload beside the program that holds its stage: a further stream of the same transfer.

Sent over stdin and never stored, like `transfer.py`, whose frames it reads.

    -> ADMIT (token, path of the stage), SLAB, BLOCK, ALIVE, FINISH
    <- {"event": "open"} when the stage is this upload's, <- {"event": "landed"} at the end
It ends without a word when that never comes.
"""

from carrying import *

run(carry)
