package web

// Pager is the data of block "pager": addresses of the pages before and after,
// "" where there is none, and which rows of how many are shown; Total 0 leaves
// the count out.
type Pager struct {
	Prev, Next      string
	From, To, Total int
}

// Empty is the data of block "empty", what stands where a list has nothing to
// show. Title, Text and Action are keys; Text and the link may be left out.
type Empty struct {
	Icon, Title, Text string
	Action, Path      string
}

// Tabs is the data of block "tabs": several pages about one thing.
type Tabs struct {
	Label string // key, read aloud
	Tabs  []Tab
}

// Tab is one page among tabs.
type Tab struct {
	Key, Path string
	Current   bool
}
