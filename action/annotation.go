package action

// An Annotation is a remark at a line of a file, on what is wrong.
type Annotation struct {
	Path    string // from the root of the repository
	Line    int    // the first is 1
	Title   string
	Message string
}
