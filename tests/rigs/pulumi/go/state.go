package main

import (
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// states writes a snapshot in the words of a checkpoint; what is empty is left out.
func states(snapshot *deploy.Snapshot) []map[string]any {
	found := []map[string]any{}
	if snapshot == nil {
		return found
	}
	for _, one := range snapshot.Resources {
		found = append(found, toState(one))
	}
	return found
}

func toState(one *pkgresource.State) map[string]any {
	state := map[string]any{
		"urn": string(one.URN), "type": string(one.Type), "custom": one.Custom,
		"inputs": mapToJSON(one.Inputs), "outputs": mapToJSON(one.Outputs),
	}
	words := map[string]string{
		"id": string(one.ID), "parent": string(one.Parent), "provider": one.Provider,
		"importID": string(one.ImportID), "deletedWith": string(one.DeletedWith),
	}
	for name, text := range words {
		if text != "" {
			state[name] = text
		}
	}
	flags := map[string]bool{
		"delete": one.Delete, "protect": one.Protect, "external": one.External, "taint": one.Taint,
		"pendingReplacement": one.PendingReplacement, "retainOnDelete": one.RetainOnDelete,
	}
	for name, flag := range flags {
		if flag {
			state[name] = true
		}
	}
	lists := map[string][]string{
		"dependencies": urns(one.Dependencies), "aliases": urns(one.Aliases), "replaceWith": urns(one.ReplaceWith),
		"initErrors": one.InitErrors, "ignoreChanges": one.IgnoreChanges, "replaceOnChanges": one.ReplaceOnChanges,
		"additionalSecretOutputs": names(one.AdditionalSecretOutputs), "hideDiff": texts(one.HideDiff),
	}
	for name, list := range lists {
		if len(list) > 0 {
			state[name] = list
		}
	}
	sources := map[string][]string{}
	for key, list := range one.PropertyDependencies {
		if len(list) > 0 {
			sources[string(key)] = urns(list)
		}
	}
	if len(sources) > 0 {
		state["propertyDependencies"] = sources
	}
	hooks := map[string][]string{}
	for moment, names := range one.ResourceHooks {
		hooks[string(moment)] = names
	}
	if len(hooks) > 0 {
		state["resourceHooks"] = hooks
	}
	seconds := map[string]float64{
		"create": one.CustomTimeouts.Create, "update": one.CustomTimeouts.Update, "delete": one.CustomTimeouts.Delete,
	}
	for name, value := range seconds {
		if value == 0 {
			delete(seconds, name)
		}
	}
	if len(seconds) > 0 {
		state["customTimeouts"] = seconds
	}
	if trigger := resource.ToResourcePropertyValue(one.ReplacementTrigger); !trigger.IsNull() {
		state["replacementTrigger"] = toJSON(trigger)
	}
	return state
}

func texts(paths []resource.PropertyPath) []string {
	found := []string{}
	for _, path := range paths {
		found = append(found, path.String())
	}
	return found
}

func urns(list []resource.URN) []string {
	found := []string{}
	for _, urn := range list {
		found = append(found, string(urn))
	}
	return found
}
