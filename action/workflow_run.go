package action

// A WorkflowRun is another workflow's run, as GitHub describes it to the
// workflow that it triggers. Unlike the run's artifacts, nothing in it can be
// made up by the pull request.
type WorkflowRun struct {
	ID         RunID
	HeadOwner  string // of the repository that the branch is in
	HeadBranch string
	HeadSHA    string
	Event      string // that the run was for
}
