package service

import (
	"fmt"
	"os"
	"strconv"
)

// The labels of all that perfcheck creates in the container engine.
const (
	labelRun   = "dev.perfcheck.run"   // Options.Name
	labelPID   = "dev.perfcheck.pid"   // process id of the perfcheck that owns it
	labelStart = "dev.perfcheck.start" // when that process started, against reuse of its id
	labelSpace = "dev.perfcheck.pidns" // the namespace that its id counts in
	labelBoot  = "dev.perfcheck.boot"  // the boot of the machine that it ran in
	labelImage = "dev.perfcheck"       // on images only: they have no owner
)

// An owner is a perfcheck process that has started services.
type owner struct {
	pid                int
	start, space, boot string
}

// self returns this process.
func self() (owner, error) {
	o := owner{pid: os.Getpid()}
	var err error
	if o.start, err = startOf(o.pid); err != nil {
		return owner{}, err
	}
	if o.space, o.boot, err = habitat(); err != nil {
		return owner{}, err
	}
	return o, nil
}

func (o owner) labels(run string) map[string]string {
	return map[string]string{
		labelRun:   run,
		labelPID:   strconv.Itoa(o.pid),
		labelStart: o.start,
		labelSpace: o.space,
		labelBoot:  o.boot,
	}
}

// variableOwner is in the environment of local processes, and of what they start.
const variableOwner = "PERFCHECK_OWNER"

// String is the value of that variable.
func (o owner) String() string { return fmt.Sprintf("%d %s %s %s", o.pid, o.start, o.space, o.boot) }

func parseOwner(text string) (o owner, err error) {
	if _, err := fmt.Sscan(text, &o.pid, &o.start, &o.space, &o.boot); err != nil {
		return owner{}, fmt.Errorf("%s: want what perfcheck writes, got %q", variableOwner, text)
	}
	return o, nil
}

// ownerOf reads the labels of something that perfcheck created.
func ownerOf(labels map[string]string) (owner, error) {
	pid, err := strconv.Atoi(labels[labelPID])
	if err != nil {
		return owner{}, fmt.Errorf("label %s of run %s: want a process id, got %q", labelPID, labels[labelRun], labels[labelPID])
	}
	return owner{pid, labels[labelStart], labels[labelSpace], labels[labelBoot]}, nil
}

// dead says whether o cannot live any more, as far as me can know: not for a
// process that counts in another namespace of the same boot.
func (o owner) dead(me owner) bool {
	if o.boot != me.boot {
		return true
	}
	if o.space != me.space {
		return false
	}
	start, err := startOf(o.pid)
	return err != nil && os.IsNotExist(err) || err == nil && start != o.start
}
