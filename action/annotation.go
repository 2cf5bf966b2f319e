package action

// A Level is how much an annotation matters.
type Level string

const (
	LevelNotice  Level = "notice"
	LevelWarning Level = "warning"
	LevelFailure Level = "failure"
)

// An Annotation is a remark at a line of a file.
type Annotation struct {
	Path    string // from the root of the repository
	Line    int    // the first is 1
	Level   Level
	Title   string
	Message string
}
