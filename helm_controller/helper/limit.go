package main

import (
	"log"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

const (
	niceness    = 5
	largestFile = 64 << 20
	// What templates that go round in a circle may stack up, before the process ends and says so.
	deepest = 128 << 20
)

// Limits that the kernel keeps, and two of Go's own that come before them.
func confine(memory uint64) {
	for what, most := range map[int]uint64{
		syscall.RLIMIT_AS:    memory,
		syscall.RLIMIT_CORE:  0,
		syscall.RLIMIT_FSIZE: largestFile,
	} {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			log.Fatalf("a limit cannot be set: %v", err)
		}
	}
	debug.SetMaxStack(deepest)
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness); err != nil {
		log.Fatalf("the priority cannot be set: %v", err)
	}
}

// Go's own runtime takes no notice of the kernel's signal.
func endWhenTimeIsUp() {
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGXCPU)
	go func() {
		<-over
		log.Fatal("an order took too much processor time")
	}()
}

// Grants processor time for one order more: a loop ends then, though nobody is left to do it.
func allow(seconds int64) {
	used := usage()
	soft := uint64(int64(used.Utime.Sec) + int64(used.Stime.Sec) + seconds)
	var now syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_CPU, &now)
	if err == nil {
		now.Cur = min(soft, now.Max)
		err = syscall.Setrlimit(syscall.RLIMIT_CPU, &now)
	}
	if err != nil {
		log.Fatalf("the limit of processor time cannot be set: %v", err)
	}
}

// Standard error is a file of the caller's: what it holds is of one order.
func forgetWarnings() {
	if about, err := os.Stderr.Stat(); err == nil && about.Mode().IsRegular() {
		os.Stderr.Truncate(0)
		os.Stderr.Seek(0, 0)
	}
}

func mostMemory() int64 {
	unit := int64(1024)
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return int64(usage().Maxrss) * unit
}

func usage() syscall.Rusage {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		log.Fatal(err)
	}
	return used
}
