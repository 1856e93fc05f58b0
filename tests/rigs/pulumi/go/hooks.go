package main

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy/deploytest"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// registerHooks makes the hooks of a program. What they are told is noted among the calls of the provider.
func (r *running) registerHooks(callbacks *deploytest.CallbackServer) error {
	r.hooks = map[string]*deploytest.ResourceHook{}
	for _, one := range r.program.Hooks {
		var made *deploytest.ResourceHook
		var err error
		if one.ForErrors {
			made, err = deploytest.NewErrorHook(r.monitor, callbacks, one.Name, r.errorHook(one))
		} else {
			made, err = deploytest.NewHook(
				r.monitor, callbacks, one.Name, r.hook(one), one.OnDryRun, one.IgnoreErrors)
		}
		if err != nil {
			return err
		}
		r.hooks[one.Name] = made
	}
	return nil
}

func (r *running) hook(one hook) deploytest.ResourceHookFunc {
	return func(
		_ context.Context, urn resource.URN, id resource.ID, _ string, _ tokens.Type,
		_, _ *pulumirpc.ResourceOptions, newInputs, oldInputs, _, oldOutputs resource.PropertyMap,
	) error {
		r.world.note(call{
			Method: "hook " + one.Name, Urn: string(urn), ID: string(id), Inputs: mapToJSON(newInputs),
			OldInputs: mapToJSON(oldInputs), OldOutputs: mapToJSON(oldOutputs),
		})
		if one.Fails {
			return errors.New("the hook fails")
		}
		return nil
	}
}

func (r *running) errorHook(one hook) deploytest.ErrorHookFunc {
	return func(
		_ context.Context, urn resource.URN, id resource.ID, _ string, _ tokens.Type,
		_, _ *pulumirpc.ResourceOptions, newInputs, oldInputs, oldOutputs resource.PropertyMap,
		failed string, failures []string,
	) (bool, error) {
		r.world.note(call{
			Method: "hook " + one.Name + " " + failed, Urn: string(urn), ID: string(id), Inputs: mapToJSON(newInputs),
			OldInputs: mapToJSON(oldInputs), OldOutputs: mapToJSON(oldOutputs),
		})
		if one.Fails {
			return false, errors.New("the hook fails")
		}
		return len(failures) <= one.Retries, nil
	}
}

func (r *running) bindings(given bound) deploytest.ResourceHookBindings {
	found := func(names []string) []*deploytest.ResourceHook {
		var hooks []*deploytest.ResourceHook
		for _, name := range names {
			if known, has := r.hooks[name]; has {
				hooks = append(hooks, known)
			} else { // nobody has registered it
				hooks = append(hooks, &deploytest.ResourceHook{Name: name})
			}
		}
		return hooks
	}
	return deploytest.ResourceHookBindings{
		BeforeCreate: found(given.BeforeCreate), AfterCreate: found(given.AfterCreate),
		BeforeUpdate: found(given.BeforeUpdate), AfterUpdate: found(given.AfterUpdate),
		BeforeDelete: found(given.BeforeDelete), AfterDelete: found(given.AfterDelete),
		OnError: found(given.OnError),
	}
}
