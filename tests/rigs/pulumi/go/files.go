package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
)

// folder is where the files of the history are that is being played; written paths begin there.
var folder string

func placed(path string) string {
	if path == "" || folder == "" {
		return path
	}
	return folder + "/" + path
}

// writeFiles makes the files of a generation; one without a text is taken away.
func writeFiles(files map[string]*string) error {
	for name, text := range files {
		path := placed(name)
		if text == nil {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(*text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// toContent turns what is written of an asset or an archive into one without a hash; nil for anything else.
func toContent(written map[string]any) any {
	if said, ok := written[assetMark].(map[string]any); ok {
		return &asset.Asset{
			Sig: asset.AssetSig, Text: text(said, "text"), Path: placed(text(said, "path")), URI: text(said, "uri"),
		}
	}
	said, ok := written[archiveMark].(map[string]any)
	if !ok {
		return nil
	}
	made := &archive.Archive{Sig: archive.ArchiveSig, Path: placed(text(said, "path")), URI: text(said, "uri")}
	if members, ok := said["assets"].(map[string]any); ok {
		made.Assets = map[string]any{}
		for name, member := range members {
			made.Assets[name] = toContent(member.(map[string]any))
		}
	}
	return made
}

// contentToJSON writes an asset or an archive with its hash.
func contentToJSON(content any) any {
	switch one := content.(type) {
	case *asset.Asset:
		said := map[string]any{"hash": one.Hash}
		put(said, "text", one.Text)
		put(said, "path", strings.TrimPrefix(one.Path, folder+"/"))
		put(said, "uri", one.URI)
		return map[string]any{assetMark: said}
	case *archive.Archive:
		said := map[string]any{"hash": one.Hash}
		put(said, "path", strings.TrimPrefix(one.Path, folder+"/"))
		put(said, "uri", one.URI)
		if one.Path == "" && one.URI == "" {
			members := map[string]any{}
			for name, member := range one.Assets {
				members[name] = contentToJSON(member)
			}
			said["assets"] = members
		}
		return map[string]any{archiveMark: said}
	default:
		return nil
	}
}

func text(said map[string]any, key string) string {
	found, _ := said[key].(string)
	return found
}

func put(said map[string]any, key, value string) {
	if value != "" {
		said[key] = value
	}
}

func isMissingFile(err error) bool {
	return strings.Contains(err.Error(), "failed to compute a") && strings.Contains(err.Error(), "hash for")
}
