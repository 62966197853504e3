package main

import (
	"bytes"
	"encoding/json"

	chart "helm.sh/helm/v4/pkg/chart/v2"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// A rendering, as answer_of reads it.
type rendering struct {
	Documents   []document      `json:"documents"`
	Hooks       []hook          `json:"hooks"`
	Definitions []definition    `json:"definitions"`
	Notes       string          `json:"notes"`
	Metadata    *chart.Metadata `json:"metadata"`
	Values      map[string]any  `json:"values"`
}

type document struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

type definition struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

type hook struct {
	Path              string                        `json:"path"`
	Kind              string                        `json:"kind"`
	Name              string                        `json:"name"`
	Text              string                        `json:"text"`
	Events            []release.HookEvent           `json:"events"`
	Weight            int                           `json:"weight"`
	DeletePolicies    []release.HookDeletePolicy    `json:"delete_policies"`
	OutputLogPolicies []release.HookOutputLogPolicy `json:"output_log_policies"`
}

// A refusal says where it went wrong, in the words of helm_controller/problem.py.
type refusal struct {
	Stage string `json:"stage"`
	Text  string `json:"error"`
}

type answer struct {
	Answer any   `json:"answer"`
	Memory int64 `json:"memory"`
}

func lineOf(outcome any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer{outcome, mostMemory()}); err != nil {
		return lineOf(&refusal{"render", "what the chart makes has no form in JSON: " + err.Error()})
	}
	return bytes.TrimRight(text.Bytes(), "\n")
}

func rendered(from *chart.Chart, hooks []*release.Hook, documents []releaseutil.Manifest, notes string) *rendering {
	made := &rendering{
		Documents:   []document{},
		Hooks:       []hook{},
		Definitions: []definition{},
		Notes:       notes,
		Metadata:    from.Metadata,
		Values:      from.Values,
	}
	for _, one := range documents {
		made.Documents = append(made.Documents, document{one.Name, one.Head.Kind, one.Content})
	}
	for _, one := range hooks {
		made.Hooks = append(made.Hooks, hook{
			one.Path, one.Kind, one.Name, one.Manifest,
			one.Events, one.Weight, one.DeletePolicies, one.OutputLogPolicies,
		})
	}
	for _, one := range from.CRDObjects() {
		made.Definitions = append(made.Definitions, definition{one.Filename, string(one.File.Data)})
	}
	return made
}
