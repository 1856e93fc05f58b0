package main

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// invoke calls a function as the output form of an SDK does: not before all that it needs is known.
func (r *running) invoke(one declared) error {
	key := one.key()
	args, sources := r.values(one.Inputs)
	behind, dependsOn := map[resource.URN]bool{}, []resource.URN{}
	for _, urns := range sources {
		for _, urn := range urns {
			behind[urn] = true
		}
	}
	for _, needed := range one.Options.DependsOn {
		behind[r.urns[needed]] = true
		dependsOn = append(dependsOn, r.urns[needed])
	}
	r.behind[key] = sorted(behind)
	r.failed[key] = args.ContainsUnknowns()
	result := resource.PropertyMap{}
	if !r.failed[key] {
		plain := resource.PropertyMap{}
		for name, value := range args {
			plain[name] = bare(value)
		}
		told, err := r.monitor.InvokeWithResult(tokens.ModuleMember("test:index:"+one.Name), plain, "", "", "",
			deploytest.InvokeOptions{DependsOn: dependsOn})
		if err != nil || len(told.Failures) > 0 {
			return r.fail()
		}
		r.failed[key], result = told.Unknown, told.Return
	}
	r.outputs[key] = result
	r.answered(key, answer{Outputs: mapToJSON(result), Result: "SUCCESS"})
	return nil
}

// invoke is the only function of the provider, whatever it is called.
func (w *world) invoke(_ context.Context, req plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	name, args := string(req.Tok.Name()), resource.ToResourcePropertyMap(req.Args)
	w.note(call{Method: "invoke " + name, Inputs: mapToJSON(args)})
	for _, one := range w.faults {
		if one.Call != "invoke" || one.Name != name || (one.When == "update" && w.isPreview) {
			continue
		}
		if one.Kind == "refusal" {
			return plugin.InvokeResponse{Failures: []plugin.CheckFailure{{Property: "size", Reason: "is not good"}}}, nil
		}
		return plugin.InvokeResponse{}, errors.New("invoke refused")
	}
	size, has := args["size"]
	if !has {
		size = resource.NewStringProperty("none")
	}
	result := resource.PropertyMap{"size": size, "address": resource.NewStringProperty("of " + name)}
	return plugin.InvokeResponse{Properties: resource.FromResourcePropertyMap(result)}, nil
}
