#!/usr/bin/env python3
"""usage: callgrind_cost.py NAME OPERATIONS FEWER MORE

Prints NAME, instructions and allocations per operation: the difference of two callgrind files, divided by OPERATIONS."""
import re
import sys

ALLOCATORS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"}
CALLEE = re.compile(r"cfn=\((\d+)\)(?: (.*))?")
CALLER = re.compile(r"fn=\((\d+)\)(?: (.*))?")


def cost(path):
    """(instructions, calls of allocators from elsewhere) of one file."""
    names = {}
    instructions = 0
    allocations = 0
    caller = callee = ""
    for line in open(path, encoding="utf-8", errors="replace"):
        if match := CALLEE.match(line) or CALLER.match(line):
            number, name = match.groups()
            if name:
                names[number] = re.sub(r"'\d+$", "", name)
            if line.startswith("c"):
                callee = names.get(number, "")
            else:
                caller = names.get(number, "")
        elif line.startswith("calls="):
            if callee in ALLOCATORS and caller not in ALLOCATORS:
                allocations += int(line[len("calls="):].split()[0])
        elif line.startswith("totals:"):
            instructions += int(line.split()[1])
    return instructions, allocations


def main():
    name, operations = sys.argv[1], int(sys.argv[2])
    fewer, more = cost(sys.argv[3]), cost(sys.argv[4])
    print(f"{name} {(more[0] - fewer[0]) / operations:.1f} {(more[1] - fewer[1]) / operations:.3f}")


if __name__ == "__main__":
    main()
