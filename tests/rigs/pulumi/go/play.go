package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/blang/semver"
	naming "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/autonaming"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	lt "github.com/pulumi/pulumi/pkg/v3/engine/lifecycletest/framework"
	"github.com/pulumi/pulumi/pkg/v3/resource/autonaming"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

const (
	projectName = "lab"
	stackName   = "hello"
	longestRun  = 10 * time.Second
)

// versions are those of the plugin.
var versions = []string{"1.0.0", "2.0.0"}

// play carries a history out, generation by generation, each on the snapshot of the one before.
func play(told history) played {
	w := newWorld(told.Types)
	result := played{Name: told.Name, Generations: []playedPhase{}}
	folder = told.Folder
	var snapshot *deploy.Snapshot
	for _, one := range told.Generations {
		if err := writeFiles(one.Files); err != nil {
			panic(err)
		}
		var outcome playedPhase
		outcome, snapshot = carryOut(one, w, snapshot)
		result.Generations = append(result.Generations, outcome)
	}
	return result
}

// carryOut previews a generation and, as the command line does, goes on only if that ended well.
func carryOut(one generation, w *world, snapshot *deploy.Snapshot) (playedPhase, *deploy.Snapshot) {
	preview, _ := evaluate(one, w, snapshot, true)
	outcome := playedPhase{Preview: &preview}
	if preview.Error == "" && one.Operation != "preview" {
		var update phase
		var next *deploy.Snapshot
		update, next = evaluate(one, w, snapshot, false)
		outcome.Update = &update
		if next != nil {
			snapshot = next
		}
	}
	outcome.State = states(snapshot)
	return outcome, snapshot
}

func evaluate(one generation, w *world, snapshot *deploy.Snapshot, isPreview bool) (phase, *deploy.Snapshot) {
	w.begin(one.Faults, isPreview)
	evaluation := &running{program: one.Program, world: w, answers: map[string]answer{}}
	loaders := []*deploytest.ProviderLoader{}
	for _, text := range versions {
		version := semver.MustParse(text)
		loaders = append(loaders, deploytest.NewProviderLoader("test", version, func() (plugin.Provider, error) {
			return w.provider(version), nil
		}))
	}
	quiet := &quietT{}
	plan := &lt.TestPlan{Project: projectName, Stack: stackName, Config: settings(one)}
	plan.Options = lt.TestUpdateOptions{
		T: quiet, SkipDisplayTests: true,
		HostF:         deploytest.NewPluginHostF(nil, nil, deploytest.NewLanguageRuntimeF(evaluation.run), nil, nil, loaders...),
		UpdateOptions: updateOptions(one),
	}
	seen := phase{Problems: []problem{}, Steps: []step{}}
	var engineError error
	watch := func(_ workspace.Project, _ deploy.Target, _ engine.JournalEntries, events []engine.Event, err error) error {
		engineError = err
		seen.note(events)
		return err
	}
	patience, end := context.WithTimeout(context.Background(), longestRun)
	defer end()
	next, err := operation(one).RunWithContextStep(patience,
		plan.GetProject(), plan.GetTarget(quiet, snapshot), plan.Options, isPreview, plan.BackendClient, watch, "0")
	switch {
	case patience.Err() != nil: // it waits for a step that was dropped
		seen.Error = "framework: the run hung and was cancelled"
	case engineError != nil:
		seen.Error = engineError.Error()
	case err != nil: // the framework found the snapshots to be wrong
		seen.Error = "framework: " + err.Error()
	}
	seen.ProgramError, seen.Answers = evaluation.told()
	seen.Calls = w.seen()
	return seen, next
}

func settings(one generation) config.Map {
	found := config.Map{}
	for key, value := range one.Config {
		found[config.MustMakeKey("test", key)] = config.NewValue(value)
	}
	return found
}

func operation(one generation) lt.TestOp {
	switch {
	case one.Operation == "destroy" && one.Options.RunProgram:
		return engine.DestroyV2
	case one.Operation == "destroy":
		return engine.Destroy
	case one.Operation == "refresh" && one.Options.RunProgram:
		return engine.RefreshV2
	case one.Operation == "refresh":
		return engine.Refresh
	default:
		return engine.Update
	}
}

func updateOptions(one generation) engine.UpdateOptions {
	given := one.Options
	return engine.UpdateOptions{
		Parallel: 1, ContinueOnError: !given.StopOnError, Refresh: given.Refresh || one.Operation == "refresh",
		RefreshProgram: given.RunProgram && one.Operation == "refresh",
		DestroyProgram: given.RunProgram && one.Operation == "destroy",
		Autonamer:      autonamer(one),
		Targets:        deploy.NewUrnTargets(given.Targets), Excludes: deploy.NewUrnTargets(given.Excludes),
		ReplaceTargets: deploy.NewUrnTargets(given.ReplaceTargets), TargetDependents: given.TargetsDepend,
		ExcludeDependents: given.ExcludesDepend,
	}
}

// autonamer reads the rules for names as the command line does.
func autonamer(one generation) autonaming.Autonamer {
	if len(one.Naming) == 0 {
		return nil
	}
	text, err := json.Marshal(one.Naming)
	if err != nil {
		panic(err)
	}
	settings := config.Map{config.MustMakeKey("pulumi", "autonaming"): config.NewObjectValue(string(text))}
	stack := naming.StackContext{Organization: "organization", Project: projectName, Stack: stackName}
	found, err := naming.ParseAutonamingConfig(stack, settings, config.NopDecrypter)
	if err != nil {
		panic(err)
	}
	return found
}

// note takes the steps and the errors out of the events of a run.
func (p *phase) note(events []engine.Event) {
	for _, event := range events {
		switch payload := event.Payload().(type) {
		case engine.ResourcePreEventPayload:
			p.Steps = append(p.Steps, toStep(payload.Metadata))
		case engine.ResourceOperationFailedPayload:
			for i := range p.Steps {
				if p.Steps[i].Urn == string(payload.Metadata.URN) && p.Steps[i].Op == string(payload.Metadata.Op) {
					p.Steps[i].Failed = true
				}
			}
		case engine.DiagEventPayload:
			if payload.Severity == diag.Error {
				message := colors.Never.Colorize(payload.Message)
				p.Problems = append(p.Problems, problem{Urn: string(payload.URN), Message: message})
			}
		}
	}
}

func toStep(data engine.StepEventMetadata) step {
	details := map[string]string{}
	for path, difference := range data.DetailedDiff {
		details[path] = fmt.Sprint(difference.Kind)
	}
	return step{
		Op: string(data.Op), Urn: string(data.URN), Keys: names(data.Keys), Diffs: names(data.Diffs),
		Details: details, Component: data.Res != nil && !data.Res.Custom,
	}
}
