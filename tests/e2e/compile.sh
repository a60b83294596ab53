#!/bin/sh
# gcc and make: what they build must be the same to the last bit.
. "$(dirname "$0")/../lib/e2e.sh"
need gcc make

scenario() {
	for n in 1 2 3 4; do
		printf '#include <stdio.h>\nint f%d(int x)\n{\n\treturn printf("%d %%d\\n", x) * %d;\n}\n' \
			$n $n $n >part$n.c
	done
	cat >main.c <<'END'
#include <string.h>
int f1(int), f2(int), f3(int), f4(int);
int main(int argc, char **argv)
{
	return f1(argc) + f2((int)strlen(argv[0])) + f3(3) + f4(4) > 0 ? 0 : 1;
}
END
	cat >Makefile <<'END'
CFLAGS = -O2 -g -pipe -Wall
objects := $(patsubst %.c,%.o,$(wildcard *.c))
all: program part.a
program: $(objects)
	$(CC) -pipe -o $@ $^
part.a: part1.o part2.o
	$(AR) rcsD $@ $^
%.o: %.c
	$(CC) $(CFLAGS) -c -o $@ $<
fail:
	@echo about to fail; exit 3
END
	make -j2 --output-sync | sort
	sha256sum ./*.o part.a program
	./program
	echo "program $?"
	make
	make fail
	echo "make $?"
	echo 'int main(void) { return x; }' >main.c
	make -k
	echo "make $?"
	echo 'int x = 1' | gcc -xc -S -o /dev/null -
	echo "gcc $?"
	echo '#include <vector>
int main() { try { throw std::vector<int>{1}; } catch (std::vector<int> &v) { return v[0]; } }' >t.cc
	g++ -O1 -save-temps=obj -o t t.cc && sha256sum t
	./t
	echo "C++ $?"
}

filter() {
	sed 's|/tmp/cc[A-Za-z0-9]*|/tmp/ccN|g'
}

compare gnu-gcc /make /cc1 gnu-as /program
