// Package pages holds the pages for people to what they show: every block of code
// in README.md and below docs/ is parsed, compiled or run, and the README says the
// same in each of its languages. All of it is tests.
package pages
