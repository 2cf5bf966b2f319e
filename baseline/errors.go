package baseline

import "errors"

// These errors can be returned when a store is opened.
var (
	// ErrNoStore is returned when there is no store yet and none was to be created.
	ErrNoStore = errors.New("no store yet")
	// ErrLocked is returned when another process kept the store open for longer than the wait.
	ErrLocked = errors.New("store is in use")
	// ErrForeign is returned when the file is not a store of perfcheck.
	ErrForeign = errors.New("not a perfcheck store")
	// ErrNewer is returned when a newer perfcheck wrote the store.
	ErrNewer = errors.New("store was written by a newer perfcheck")
	// ErrReadOnly is returned when the file or its folder may not be written.
	ErrReadOnly = errors.New("store cannot be written")
)

// errOlder is returned when a store must be brought up to date, and is not open
// for writing.
var errOlder = errors.New("store was written by an older perfcheck")

// ErrDamaged is returned, when a store is opened or used, for what is cut off
// or changed in its file.
var ErrDamaged = errors.New("store is damaged")

// These errors can be returned when something is looked up.
var (
	// ErrNotFound is returned when the store holds nothing of that name.
	ErrNotFound = errors.New("not in the store")
	// ErrAmbiguous is returned when a prefix fits more than one id or commit.
	ErrAmbiguous = errors.New("ambiguous")
)

// ErrComplete is returned when a run that is complete in the store was to be
// replaced by a part of it.
var ErrComplete = errors.New("the run is complete in the store")

// ErrConflict is returned when an imported run is another than the one that is
// stored under its id.
var ErrConflict = errors.New("another run than the one in the store")
