// The second engine behind helm_controller/engine.py: Helm's loader, values and templates, and
// nothing else of it.
//
// It is started with two numbers: the bytes of address space that it may have, and the seconds of
// processor time that an order may take. It writes its version, reads an order a line from standard
// input and writes an answer a line, until the input ends. What orders and answers hold is told in
// helm_controller/rendering.py. A chart can end this process, or keep it for ever: whoever starts
// it has to count on that.
package main

import (
	"bufio"
	"errors"
	"log"
	"os"
	"runtime/debug"
	"strconv"
)

// The module that renders.
const helm = "helm.sh/helm/v4"

func main() {
	log.SetFlags(0)
	memory, seconds := arguments()
	confine(memory)
	endWhenTimeIsUp()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	// Whatever else prints, prints among the warnings.
	os.Stdout = os.Stderr
	say(out, []byte(version()))
	serve(bufio.NewReaderSize(os.Stdin, 1<<20), out, seconds)
}

func serve(in *bufio.Reader, out *bufio.Writer, seconds int64) {
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		allow(seconds)
		forgetWarnings()
		say(out, lineOf(outcome(line)))
	}
}

func say(out *bufio.Writer, line []byte) {
	out.Write(line)
	out.WriteByte('\n')
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// The release of Helm that is inside.
func version() string {
	if built, known := debug.ReadBuildInfo(); known {
		for _, module := range built.Deps {
			if module.Path == helm {
				return module.Version
			}
		}
	}
	return "unknown"
}

func arguments() (memory uint64, seconds int64) {
	if len(os.Args) != 3 {
		log.Fatal("usage: penstock-helm MEMORY SECONDS\n  bytes of address space, and seconds of processor time an order")
	}
	memory, wrong := strconv.ParseUint(os.Args[1], 10, 63)
	seconds, alsoWrong := strconv.ParseInt(os.Args[2], 10, 32)
	if err := errors.Join(wrong, alsoWrong); err != nil {
		log.Fatal(err)
	}
	return memory, seconds
}
