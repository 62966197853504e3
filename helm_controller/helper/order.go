package main

import (
	"bytes"
	"encoding/json"

	"helm.sh/helm/v4/pkg/chart/common"
)

// An order, as Order.line writes it.
type order struct {
	Archive         []byte         `json:"archive"`
	Path            string         `json:"path"`
	Name            string         `json:"name"`
	Namespace       string         `json:"namespace"`
	Values          map[string]any `json:"values"`
	Revision        int            `json:"revision"`
	IsUpgrade       bool           `json:"is_upgrade"`
	KubeVersion     string         `json:"kube_version"`
	APIVersions     []string       `json:"api_versions"`
	OfCluster       bool           `json:"of_cluster"`
	SkipSchema      bool           `json:"skip_schema"`
	OnlyDefinitions bool           `json:"only_definitions"`
	Door            string         `json:"door"`
	Names           bool           `json:"names"`
}

func outcome(line []byte) any {
	var asked order
	reader := json.NewDecoder(bytes.NewReader(line))
	reader.UseNumber()
	if err := reader.Decode(&asked); err != nil {
		return &refusal{"engine", "the order cannot be read: " + err.Error()}
	}
	asked.Values, _ = toldApart(asked.Values).(map[string]any)
	made, refused := render(&asked)
	if refused != nil {
		return refused
	}
	return made
}

// Numbers without a dot are those that --set has set: they stay whole. All others are floating-point
// ones, as of a file of values.
func toldApart(value any) any {
	switch found := value.(type) {
	case json.Number:
		if whole, err := found.Int64(); err == nil {
			return whole
		}
		number, _ := found.Float64()
		return number
	case map[string]any:
		for key, one := range found {
			found[key] = toldApart(one)
		}
	case []any:
		for index, one := range found {
			found[index] = toldApart(one)
		}
	}
	return value
}

func releaseOf(asked *order) common.ReleaseOptions {
	return common.ReleaseOptions{
		Name:      asked.Name,
		Namespace: asked.Namespace,
		Revision:  asked.Revision,
		IsUpgrade: asked.IsUpgrade,
		IsInstall: !asked.IsUpgrade,
	}
}
