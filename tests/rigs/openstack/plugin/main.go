// A provider plugin for OpenStack, put together from its two published halves: the Terraform
// provider, and Pulumi's bridge to it. It has the type names of the Python package pulumi_openstack.
package main

import (
	_ "embed"
	"encoding/json"
	"log"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdk "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/v3/openstack"
)

const (
	name       = "openstack"
	longest    = 255
	schemaText = `{"name": "openstack"}`
)

// version is set by the linker: that of the Python package.
var version = "0.0.0"

// names.json has two maps, from Terraform's names to Pulumi's; `names.py` writes it.
//
//go:embed names.json
var namesText []byte

type names struct {
	Resources map[string]string `json:"resources"`
	Functions map[string]string `json:"functions"`
}

func main() {
	var known names
	if err := json.Unmarshal(namesText, &known); err != nil {
		log.Fatal(err)
	}
	bridged := sdk.NewProvider(openstack.Provider())
	info := tfbridge.ProviderInfo{
		P:           bridged,
		Name:        name,
		Version:     version,
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	bridged.ResourcesMap().Range(func(theirs string, _ shim.Resource) bool {
		token, has := known.Resources[theirs]
		if !has {
			token = "openstack:unnamed/" + theirs + ":" + theirs
		}
		info.Resources[theirs] = &tfbridge.ResourceInfo{Tok: tokens.Type(token)}
		return true
	})
	bridged.DataSourcesMap().Range(func(theirs string, _ shim.Resource) bool {
		token, has := known.Functions[theirs]
		if !has {
			token = "openstack:unnamed/" + theirs + ":" + theirs
		}
		info.DataSources[theirs] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token)}
		return true
	})
	info.SetAutonaming(longest, "-")
	tfbridge.Main(name, version, info, []byte(schemaText))
}
