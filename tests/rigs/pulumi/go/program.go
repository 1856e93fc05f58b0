package main

import (
	"context"
	"errors"
	"maps"
	"sort"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

var errProgram = errors.New("the program ends with an error")

const stackKey = ""

// running is one evaluation of a program: it registers its resources one after the other, as an SDK would.
type running struct {
	program   program
	world     *world
	monitor   *deploytest.ResourceMonitor
	hooks     map[string]*deploytest.ResourceHook
	isPreview bool
	urns      map[string]resource.URN
	ids       map[string]resource.ID
	outputs   map[string]resource.PropertyMap
	failed    map[string]bool
	behind    map[string][]resource.URN // what the answer of a function comes from

	lock      sync.Mutex // a run that is given up does not wait for its program
	answers   map[string]answer
	hasFailed bool
}

func (r *running) answered(key string, with answer) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.answers[key] = with
}

func (r *running) fail() error {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.hasFailed = true
	return errProgram
}

func (r *running) told() (bool, map[string]answer) {
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.hasFailed, maps.Clone(r.answers)
}

func (r *running) run(info plugin.RunInfo, monitor *deploytest.ResourceMonitor) error {
	r.monitor, r.isPreview = monitor, info.DryRun
	r.urns, r.ids = map[string]resource.URN{}, map[string]resource.ID{}
	r.outputs, r.failed = map[string]resource.PropertyMap{}, map[string]bool{}
	r.behind = map[string][]resource.URN{}
	stack := declared{
		Key: stackKey, Type: "pulumi:pulumi:Stack", Name: info.Project + "-" + info.Stack, Component: true,
	}
	if err := r.register(stack); err != nil {
		return err
	}
	if len(r.program.Hooks) > 0 {
		callbacks, err := deploytest.NewCallbacksServer()
		if err != nil {
			return err
		}
		defer callbacks.Close()
		if err := r.registerHooks(callbacks); err != nil {
			return err
		}
	}
	for _, one := range r.program.Resources {
		if err := r.declare(one); err != nil {
			r.answered(one.key(), answer{Error: err.Error()})
			if isMissingFile(err) { // the program is told, and ends with it
				_ = r.fail()
			}
			return err
		}
		if r.ends(one.key()) {
			return r.fail()
		}
	}
	if r.ends("") {
		return r.fail()
	}
	outputs, _ := r.values(r.program.Outputs)
	if err := monitor.RegisterResourceOutputs(r.urns[stackKey], outputs); err != nil || len(r.hooks) == 0 {
		return err
	}
	return monitor.SignalAndWaitForShutdown(context.Background())
}

func (r *running) ends(after string) bool {
	end := r.program.Error
	return end != nil && end.After == after && (end.InPreview || !r.isPreview)
}

func (d declared) key() string {
	if d.Key != "" {
		return d.Key
	}
	return d.Name
}

func (r *running) declare(one declared) error {
	if one.Invoke {
		return r.invoke(one)
	}
	if one.Read != "" {
		return r.read(one)
	}
	if err := r.register(one); err != nil {
		return err
	}
	if !one.Component || r.failed[one.key()] { // nobody waits for the outputs of what was skipped
		return nil
	}
	outputs, _ := r.values(one.Outputs)
	return r.monitor.RegisterResourceOutputs(r.urns[one.key()], outputs)
}

func (r *running) read(one declared) error {
	inputs, _ := r.values(one.Inputs)
	urn, outputs, err := r.monitor.ReadResource(tokens.Type(one.Type), one.Name, resource.ID(one.Read),
		r.parent(one), inputs, r.provider(one.Options.Provider), one.Options.Version, "", nil, "", "")
	if err != nil {
		return err
	}
	r.note(one.key(), urn, resource.ID(one.Read), outputs)
	result := "SUCCESS"
	if len(outputs) == 0 { // it was skipped
		result = "FAIL"
	}
	r.answered(one.key(), answer{ID: one.Read, Outputs: mapToJSON(outputs), Result: result})
	return nil
}

func (r *running) register(one declared) error {
	response, err := r.monitor.RegisterResource(
		tokens.Type(one.Type), one.Name, !one.Component, r.registration(one))
	if err != nil {
		return err
	}
	key := one.key()
	if key == one.Name && one.Type == "pulumi:pulumi:Stack" {
		key = stackKey
	}
	r.note(key, response.URN, response.ID, response.Outputs)
	r.failed[key] = response.Result != pulumirpc.Result_SUCCESS || response.Unknown
	if key != stackKey {
		r.answered(key, answer{
			ID: string(response.ID), Outputs: mapToJSON(response.Outputs), Result: response.Result.String(),
			Component: one.Component,
		})
	}
	return nil
}

func (r *running) note(key string, urn resource.URN, id resource.ID, outputs resource.PropertyMap) {
	r.urns[key], r.ids[key], r.outputs[key] = urn, id, outputs
}

func (r *running) registration(one declared) deploytest.ResourceOptions {
	inputs, sources := r.values(one.Inputs)
	dependencies := map[resource.URN]bool{}
	for _, urns := range sources {
		for _, urn := range urns {
			dependencies[urn] = true
		}
	}
	for _, key := range one.Options.DependsOn {
		dependencies[r.urns[key]] = true
	}
	given := one.Options
	options := deploytest.ResourceOptions{
		Inputs: inputs, PropertyDeps: sources, Dependencies: sorted(dependencies), Parent: r.parent(one),
		DeleteBeforeReplace: given.DeleteBeforeReplace, IgnoreChanges: given.IgnoreChanges,
		ReplaceOnChanges: given.ReplaceOnChanges, DeletedWith: r.urns[given.DeletedWith],
		AdditionalSecretOutputs: propertyKeys(given.AdditionalSecretOutputs), ImportID: resource.ID(given.ImportID),
		Provider: r.provider(given.Provider), Version: given.Version, AliasSpecs: true,
		Providers: r.providers(given.Providers), SupportsResultReporting: true, ResourceHookBindings: r.bindings(given.Hooks),
		HideDiffs: paths(given.HideDiffs), EnvVarMappings: given.EnvVarMappings,
	}
	if given.Timeouts != (timeouts{}) {
		options.CustomTimeouts = &resource.CustomTimeouts{
			Create: given.Timeouts.Create, Update: given.Timeouts.Update, Delete: given.Timeouts.Delete,
		}
	}
	if given.DeletedWith == "" {
		options.DeletedWith = ""
	}
	options.Protect, options.RetainOnDelete = given.Protect, given.RetainOnDelete
	if given.ReplacementTrigger != nil {
		options.ReplacementTrigger, _ = r.value(given.ReplacementTrigger)
	}
	for _, key := range given.ReplaceWith {
		options.ReplaceWith = append(options.ReplaceWith, r.urns[key])
	}
	for _, other := range given.Aliases {
		options.Aliases = append(options.Aliases, r.alias(other))
	}
	return options
}

func (r *running) parent(one declared) resource.URN {
	if one.Type == "pulumi:pulumi:Stack" {
		return ""
	}
	return r.urns[one.Parent]
}

func (r *running) providers(keys map[string]string) map[string]string {
	found := map[string]string{}
	for name, key := range keys {
		found[name] = r.provider(key)
	}
	return found
}

func (r *running) provider(key string) string {
	if key == "" {
		return ""
	}
	id := string(r.ids[key])
	if id == "" {
		id = plugin.UnknownStringValue
	}
	return string(r.urns[key]) + "::" + id
}

func (r *running) alias(other alias) *pulumirpc.Alias {
	if other.Urn != "" {
		return &pulumirpc.Alias{Alias: &pulumirpc.Alias_Urn{Urn: other.Urn}}
	}
	spec := &pulumirpc.Alias_Spec{Name: other.Name, Type: other.Type}
	switch {
	case other.NoParent:
		spec.Parent = &pulumirpc.Alias_Spec_NoParent{NoParent: true}
	case other.ParentUrn != "":
		spec.Parent = &pulumirpc.Alias_Spec_ParentUrn{ParentUrn: other.ParentUrn}
	case other.Parent != "":
		spec.Parent = &pulumirpc.Alias_Spec_ParentUrn{ParentUrn: string(r.urns[other.Parent])}
	}
	return &pulumirpc.Alias{Alias: &pulumirpc.Alias_Spec_{Spec: spec}}
}

// values resolves written inputs, and says which resources each of them comes from.
func (r *running) values(written map[string]any) (resource.PropertyMap, map[resource.PropertyKey][]resource.URN) {
	inputs, sources := resource.PropertyMap{}, map[resource.PropertyKey][]resource.URN{}
	for name, value := range written {
		property, urns := r.value(value)
		if property.IsNull() {
			continue
		}
		inputs[resource.PropertyKey(name)] = property
		sources[resource.PropertyKey(name)] = urns // empty ones too: without any, all would depend on all
	}
	return inputs, sources
}

func (r *running) value(written any) (resource.PropertyValue, []resource.URN) {
	from := map[resource.URN]bool{}
	property := resolved(written, func(key, name string) resource.PropertyValue {
		for _, urn := range r.sources(key) {
			from[urn] = true
		}
		return r.output(key, name)
	})
	return property, sorted(from)
}

// sources are the resources that a value comes from: the one itself, or those behind the answer of a function.
func (r *running) sources(key string) []resource.URN {
	if urns, isFunction := r.behind[key]; isFunction {
		return urns
	}
	return []resource.URN{r.urns[key]}
}

// output is what a program sees of a resource: nothing of one that failed, in a preview no more than is known.
func (r *running) output(key, name string) resource.PropertyValue {
	if r.failed[key] {
		return unknown()
	}
	if name == "id" {
		if id := r.ids[key]; id != "" && string(id) != plugin.UnknownStringValue {
			return resource.NewStringProperty(string(id))
		}
		return unknown()
	}
	if value, has := r.outputs[key][resource.PropertyKey(name)]; has {
		return value
	}
	if r.isPreview {
		return unknown()
	}
	return resource.NewNullProperty()
}

func sorted(urns map[resource.URN]bool) []resource.URN {
	found := []resource.URN{}
	for urn := range urns {
		found = append(found, urn)
	}
	sort.Slice(found, func(i, j int) bool { return found[i] < found[j] })
	return found
}
