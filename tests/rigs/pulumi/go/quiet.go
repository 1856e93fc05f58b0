package main

import "fmt"

// quietT stands in for a test: what the framework asserts becomes a panic, which ends the history.
type quietT struct{ failed bool }

func (q *quietT) Helper()                   {}
func (q *quietT) Name() string              { return "oracle" }
func (q *quietT) Logf(string, ...any)       {}
func (q *quietT) Log(...any)                {}
func (q *quietT) Skipf(f string, a ...any)  { panic(fmt.Sprintf(f, a...)) }
func (q *quietT) Skip(a ...any)             { panic(fmt.Sprint(a...)) }
func (q *quietT) SkipNow()                  { panic("skipped") }
func (q *quietT) Errorf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (q *quietT) Error(a ...any)            { panic(fmt.Sprint(a...)) }
func (q *quietT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (q *quietT) Fatal(a ...any)            { panic(fmt.Sprint(a...)) }
func (q *quietT) FailNow()                  { panic("failed") }
func (q *quietT) Fail()                     { q.failed = true }
func (q *quietT) Failed() bool              { return q.failed }
