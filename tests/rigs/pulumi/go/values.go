package main

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	refMark     = "$ref"
	secretMark  = "$secret"
	unknownMark = "$unknown"
	assetMark   = "$asset"
	archiveMark = "$archive"
)

func unknown() resource.PropertyValue {
	return resource.MakeComputed(resource.NewStringProperty(""))
}

// toJSON writes values with marks for what JSON has no word for.
func toJSON(value resource.PropertyValue) any {
	switch {
	case value.IsSecret():
		return map[string]any{secretMark: toJSON(value.SecretValue().Element)}
	case value.IsComputed():
		return map[string]any{unknownMark: true}
	case value.IsOutput():
		output := value.OutputValue()
		var inner any = map[string]any{unknownMark: true}
		if output.Known {
			inner = toJSON(output.Element)
		}
		if output.Secret {
			return map[string]any{secretMark: inner}
		}
		return inner
	case value.IsArray():
		items := []any{}
		for _, item := range value.ArrayValue() {
			items = append(items, toJSON(item))
		}
		return items
	case value.IsObject():
		return mapToJSON(value.ObjectValue())
	case value.IsAsset(), value.IsArchive():
		return contentToJSON(value.V)
	case value.IsResourceReference():
		return fmt.Sprintf("reference to %s", value.ResourceReferenceValue().URN)
	default:
		return value.V
	}
}

func mapToJSON(properties resource.PropertyMap) map[string]any {
	object := map[string]any{}
	for key, item := range properties {
		object[string(key)] = toJSON(item)
	}
	return object
}

// resolved turns a written value into a property; look finds what a reference stands for, and is told the name.
func resolved(written any, look func(name, key string) resource.PropertyValue) resource.PropertyValue {
	switch value := written.(type) {
	case []any:
		items := []resource.PropertyValue{}
		for _, item := range value {
			items = append(items, resolved(item, look))
		}
		return resource.NewArrayProperty(items)
	case map[string]any:
		if ref, ok := value[refMark].([]any); ok {
			return look(ref[0].(string), ref[1].(string))
		}
		if inner, ok := value[secretMark]; ok {
			return resource.MakeSecret(resolved(inner, look))
		}
		if _, ok := value[unknownMark]; ok {
			return unknown()
		}
		if content := toContent(value); content != nil {
			return resource.NewPropertyValue(content)
		}
		object := resource.PropertyMap{}
		for key, item := range value {
			object[resource.PropertyKey(key)] = resolved(item, look)
		}
		return resource.NewObjectProperty(object)
	default:
		return resource.NewPropertyValue(value)
	}
}

func names(keys []resource.PropertyKey) []string {
	found := []string{}
	for _, key := range keys {
		found = append(found, string(key))
	}
	return found
}

func paths(written []string) []resource.PropertyPath {
	found := []resource.PropertyPath{}
	for _, one := range written {
		path, err := resource.ParsePropertyPath(one)
		if err != nil {
			panic(err)
		}
		found = append(found, path)
	}
	return found
}
