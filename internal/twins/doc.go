// Package twins shows that nothing leaves an office that follows from anything but
// what may be told: twin worlds, the proof of non-interference.
package twins
