// Pulumi's own engine in memory: reads one history per line of JSON, writes what became of it, one line each.
//
// No plugin process, no program, no file: the provider and the program are what the history says.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
)

const longestLine = 64 << 20

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), longestLine)
	answers := bufio.NewWriter(os.Stdout)
	os.Stdout = os.Stderr // whatever the engine prints must not come between the answers
	for lines.Scan() {
		encoded, err := json.Marshal(safely(lines.Bytes()))
		if err != nil {
			encoded, _ = json.Marshal(played{Crash: err.Error()})
		}
		_, _ = answers.Write(append(encoded, '\n'))
		if answers.Flush() != nil {
			return // nobody listens any more
		}
	}
}

// safely plays a history; whatever goes wrong is written into its answer.
func safely(line []byte) (result played) {
	var told history
	defer func() {
		if crash := recover(); crash != nil {
			result = played{Name: told.Name, Crash: fmt.Sprintf("%v\n%s", crash, debug.Stack())}
		}
	}()
	if err := json.Unmarshal(line, &told); err != nil {
		return played{Crash: err.Error()}
	}
	return play(told)
}
