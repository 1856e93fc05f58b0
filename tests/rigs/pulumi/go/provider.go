package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// world is all that the provider knows: it lasts as long as a history.
type world struct {
	lock      sync.Mutex
	types     map[string]behaviour
	made      map[string]int
	updated   map[string]int
	faults    []fault
	isPreview bool
	calls     []call
	tries     map[string]int // calls of this run, by method and urn
}

func newWorld(types map[string]behaviour) *world {
	return &world{types: types, made: map[string]int{}, updated: map[string]int{}}
}

func (w *world) begin(faults []fault, isPreview bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.faults, w.isPreview, w.calls, w.tries = faults, isPreview, []call{}, map[string]int{}
}

func (w *world) note(made call) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.calls = append(w.calls, made)
	w.tries[made.Method+made.Urn]++
}

func (w *world) seen() []call {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.calls
}

// wrong says how a call goes wrong, "" for not at all.
func (w *world) wrong(method string, urn resource.URN) string {
	for _, one := range w.faults {
		isOver := one.Times > 0 && w.tries[method+string(urn)] > one.Times
		if one.Call == method && one.Name == urn.Name() && !isOver && !(one.When == "update" && w.isPreview) {
			return one.Kind
		}
	}
	return ""
}

func (w *world) failure(method string, urn resource.URN) (resource.Status, error) {
	switch kind := w.wrong(method, urn); kind {
	case "":
		return resource.StatusOK, nil
	case "uncertain":
		return resource.StatusUnknown, fmt.Errorf("%s of %s: nobody knows", method, urn.Name())
	case "partial":
		return resource.StatusPartialFailure, &plugin.InitError{Reasons: []string{"half of " + urn.Name()}}
	default:
		return resource.StatusOK, fmt.Errorf("%s of %s: refused", method, urn.Name())
	}
}

func (w *world) provider(version semver.Version) *deploytest.Provider {
	return &deploytest.Provider{
		Name: "test", Package: "test", Version: version,
		CheckConfigF: w.checkConfig, DiffConfigF: w.diffConfig, ConfigureF: w.configure,
		CheckF: w.check, DiffF: w.diff, CreateF: w.create, UpdateF: w.update, DeleteF: w.delete, ReadF: w.read,
		InvokeF: w.invoke,
	}
}

func (w *world) checkConfig(
	_ context.Context, req plugin.CheckConfigRequest,
) (plugin.CheckConfigResponse, error) {
	if w.wrong("check_config", req.URN) != "" {
		failures := []plugin.CheckFailure{{Property: "region", Reason: "is not good"}}
		return plugin.CheckConfigResponse{Failures: failures}, nil
	}
	return plugin.CheckConfigResponse{Properties: req.News}, nil
}

// diffConfig says nothing but what needs a new provider, if anything does.
func (w *world) diffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	does := w.types[string(req.URN.Type())]
	answer := plugin.DiffConfigResponse{}
	for _, key := range changed(req.OldInputs, req.NewInputs) {
		if contains(does.Replaces, key) {
			answer.Changes = plugin.DiffSome
			answer.ReplaceKeys = append(answer.ReplaceKeys, resource.PropertyKey(key))
			answer.DeleteBeforeReplace = answer.DeleteBeforeReplace || contains(does.DeletesFirst, key)
		}
	}
	return answer, nil
}

func (w *world) configure(_ context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	_, err := w.failure("configure", *req.URN)
	return plugin.ConfigureResponse{}, err
}

func (w *world) check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	w.note(call{
		Method: "check", Urn: string(req.URN), OldInputs: mapToJSON(req.Olds), Inputs: mapToJSON(req.News),
		Naming: told(req.Autonaming),
	})
	switch w.wrong("check", req.URN) {
	case "":
	case "refusal":
		return plugin.CheckResponse{Failures: []plugin.CheckFailure{{Property: "size", Reason: "is not good"}}}, nil
	default:
		return plugin.CheckResponse{}, errors.New("check refused")
	}
	inputs := req.News.Copy()
	for _, key := range w.types[string(req.URN.Type())].Auto {
		name := resource.PropertyKey(key)
		if _, has := inputs[name]; has {
			continue
		}
		if old, has := req.Olds[name]; has {
			inputs[name] = old
		} else {
			inputs[name] = resource.NewStringProperty(madeUp(req))
		}
	}
	return plugin.CheckResponse{Properties: inputs}, nil
}

func madeUp(req plugin.CheckRequest) string {
	if req.Autonaming != nil {
		return req.Autonaming.ProposedName
	}
	return "seed:" + hex.EncodeToString(req.RandomSeed)[:8]
}

func told(naming *plugin.AutonamingOptions) string {
	if naming == nil {
		return ""
	}
	modes := map[plugin.AutonamingMode]string{
		plugin.AutonamingModePropose: "propose", plugin.AutonamingModeEnforce: "enforce",
		plugin.AutonamingModeDisabled: "disabled",
	}
	return modes[naming.Mode] + " " + naming.ProposedName
}

func (w *world) diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	w.note(call{
		Method: "diff", Urn: string(req.URN), ID: string(req.ID), OldInputs: mapToJSON(req.OldInputs),
		OldOutputs: mapToJSON(req.OldOutputs), Inputs: mapToJSON(req.NewInputs), IgnoreChanges: req.IgnoreChanges,
	})
	if w.wrong("diff", req.URN) != "" {
		return plugin.DiffResponse{}, errors.New("diff refused")
	}
	does := w.types[string(req.URN.Type())]
	if does.Silent {
		return plugin.DiffResponse{Changes: plugin.DiffUnknown}, nil
	}
	answer := plugin.DiffResponse{Changes: plugin.DiffNone, StableKeys: propertyKeys(does.Stables)}
	for _, key := range changed(req.OldInputs, req.NewInputs) {
		if contains(does.Indifferent, key) {
			continue
		}
		answer.Changes = plugin.DiffSome
		answer.ChangedKeys = append(answer.ChangedKeys, resource.PropertyKey(key))
		kind := plugin.DiffUpdate
		if contains(does.Replaces, key) {
			answer.ReplaceKeys = append(answer.ReplaceKeys, resource.PropertyKey(key))
			answer.DeleteBeforeReplace = answer.DeleteBeforeReplace || contains(does.DeletesFirst, key)
			kind = plugin.DiffUpdateReplace
		}
		if does.Details {
			if answer.DetailedDiff == nil {
				answer.DetailedDiff = map[string]plugin.PropertyDiff{}
			}
			answer.DetailedDiff[key] = plugin.PropertyDiff{Kind: kind, InputDiff: true}
		}
	}
	return answer, nil
}

func (w *world) create(_ context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	does := w.types[string(req.URN.Type())]
	if req.Preview {
		return plugin.CreateResponse{Properties: w.expected(req.Properties, nil, does)}, nil
	}
	w.note(call{Method: "create", Urn: string(req.URN), Inputs: mapToJSON(req.Properties), Timeout: req.Timeout})
	status, err := w.failure("create", req.URN)
	if err != nil && status != resource.StatusPartialFailure {
		return plugin.CreateResponse{Status: status}, err
	}
	w.lock.Lock()
	w.made[req.URN.Name()]++
	id := fmt.Sprintf("%s#%d", req.URN.Name(), w.made[req.URN.Name()])
	w.lock.Unlock()
	return plugin.CreateResponse{ID: resource.ID(id), Properties: w.outputs(id, req.Properties, does), Status: status}, err
}

func (w *world) update(_ context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	does := w.types[string(req.URN.Type())]
	if req.Preview {
		return plugin.UpdateResponse{Properties: w.expected(req.NewInputs, req.OldOutputs, does)}, nil
	}
	w.note(call{
		Method: "update", Urn: string(req.URN), ID: string(req.ID), OldInputs: mapToJSON(req.OldInputs),
		OldOutputs: mapToJSON(req.OldOutputs), Inputs: mapToJSON(req.NewInputs), IgnoreChanges: req.IgnoreChanges,
		Timeout: req.Timeout,
	})
	status, err := w.failure("update", req.URN)
	if err != nil && status != resource.StatusPartialFailure {
		return plugin.UpdateResponse{Status: status}, err
	}
	w.lock.Lock()
	w.updated[string(req.ID)]++
	w.lock.Unlock()
	return plugin.UpdateResponse{Properties: w.outputs(string(req.ID), req.NewInputs, does), Status: status}, err
}

func (w *world) delete(_ context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	w.note(call{
		Method: "delete", Urn: string(req.URN), ID: string(req.ID),
		OldInputs: mapToJSON(req.Inputs), OldOutputs: mapToJSON(req.Outputs), Timeout: req.Timeout,
	})
	status, err := w.failure("delete", req.URN)
	return plugin.DeleteResponse{Status: status}, err
}

func (w *world) read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	w.note(call{
		Method: "read", Urn: string(req.URN), ID: string(req.ID),
		OldInputs: mapToJSON(req.Inputs), OldOutputs: mapToJSON(req.State),
	})
	switch w.wrong("read", req.URN) {
	case "":
	case "gone":
		return plugin.ReadResponse{Status: resource.StatusOK}, nil
	case "drift":
		inputs, state := req.Inputs.Copy(), req.State.Copy()
		inputs["size"], state["size"] = drifted(inputs["size"]), drifted(state["size"])
		return plugin.ReadResponse{
			ReadResult: plugin.ReadResult{ID: req.ID, Inputs: inputs, Outputs: state}, Status: resource.StatusOK,
		}, nil
	default:
		status, err := w.failure("read", req.URN)
		return plugin.ReadResponse{Status: status}, err
	}
	does, inputs, state := w.types[string(req.URN.Type())], req.Inputs, req.State
	if len(state) == 0 { // an import: the thing is as the world made it
		inputs = resource.PropertyMap{"size": resource.NewStringProperty("found")}
		state = w.outputs(string(req.ID), inputs, does)
	}
	return plugin.ReadResponse{
		ReadResult: plugin.ReadResult{ID: req.ID, Inputs: inputs, Outputs: state}, Status: resource.StatusOK,
	}, nil
}

// drifted is another value, and as secret as the one before.
func drifted(old resource.PropertyValue) resource.PropertyValue {
	value := resource.NewStringProperty("drifted")
	if old.IsSecret() {
		return resource.MakeSecret(value)
	}
	return value
}

// outputs are the inputs and what the thing itself adds.
func (w *world) outputs(id string, inputs resource.PropertyMap, does behaviour) resource.PropertyMap {
	outputs := inputs.Copy()
	for _, key := range does.Computed {
		outputs[resource.PropertyKey(key)] = resource.NewStringProperty(key + " of " + id)
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	for _, key := range does.Recomputed {
		text := fmt.Sprintf("%s of %s, %d", key, id, w.updated[id])
		outputs[resource.PropertyKey(key)] = resource.NewStringProperty(text)
	}
	return outputs
}

// expected is what a preview shows; a provider without previews shows the inputs.
func (w *world) expected(inputs, old resource.PropertyMap, does behaviour) resource.PropertyMap {
	outputs := inputs.Copy()
	if !does.Previews {
		return outputs
	}
	for _, key := range does.Computed {
		if value, has := old[resource.PropertyKey(key)]; has {
			outputs[resource.PropertyKey(key)] = value
		} else {
			outputs[resource.PropertyKey(key)] = unknown()
		}
	}
	for _, key := range does.Recomputed {
		outputs[resource.PropertyKey(key)] = unknown()
	}
	return outputs
}

// changed are the keys whose values differ, sorted; the marks of secrets do not count.
func changed(olds, news resource.PropertyMap) []string {
	keys := map[string]bool{}
	for key := range olds {
		keys[string(key)] = true
	}
	for key := range news {
		keys[string(key)] = true
	}
	found := []string{}
	for key := range keys {
		name := resource.PropertyKey(key)
		if !bare(olds[name]).DeepEquals(bare(news[name])) {
			found = append(found, key)
		}
	}
	sort.Strings(found)
	return found
}

func bare(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return bare(value.SecretValue().Element)
	case value.IsArray():
		items := []resource.PropertyValue{}
		for _, item := range value.ArrayValue() {
			items = append(items, bare(item))
		}
		return resource.NewArrayProperty(items)
	case value.IsObject():
		object := resource.PropertyMap{}
		for key, item := range value.ObjectValue() {
			object[key] = bare(item)
		}
		return resource.NewObjectProperty(object)
	default:
		return value
	}
}

func propertyKeys(keys []string) []resource.PropertyKey {
	var found []resource.PropertyKey
	for _, key := range keys {
		found = append(found, resource.PropertyKey(key))
	}
	return found
}

func contains(keys []string, wanted string) bool {
	for _, key := range keys {
		if key == wanted {
			return true
		}
	}
	return false
}
