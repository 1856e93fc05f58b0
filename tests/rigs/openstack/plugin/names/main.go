// Print what the Terraform provider for OpenStack serves, for names.py.
package main

import (
	"fmt"

	"github.com/terraform-provider-openstack/terraform-provider-openstack/v3/openstack"
)

func main() {
	provider := openstack.Provider()
	for name := range provider.ResourcesMap {
		fmt.Println("resources", name)
	}
	for name := range provider.DataSourcesMap {
		fmt.Println("functions", name)
	}
}
