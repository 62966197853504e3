package main

import (
	"fmt"
	"path"
	"strings"

	"k8s.io/client-go/rest"

	"helm.sh/helm/v4/pkg/chart/common"
	commonutil "helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

const notes = "NOTES.txt"

// What `helm template` does, in its order. A chart belongs to one order: rendering changes it.
func render(asked *order) (made *rendering, refused *refusal) {
	stage := "name"
	defer func() {
		if panicked := recover(); panicked != nil {
			made, refused = nil, &refusal{stage, fmt.Sprintf("Helm panicked: %v", panicked)}
		}
	}()
	made, err := staged(asked, &stage)
	if err != nil {
		return nil, &refusal{stage, err.Error()}
	}
	return made, nil
}

// The stages of a rendering; the one that is under way is said, for whoever has to tell of its end.
func staged(asked *order, stage *string) (*rendering, error) {
	if err := chartutil.ValidateReleaseName(asked.Name); err != nil {
		return nil, err
	}
	*stage = "load"
	loaded, err := load(asked)
	if err != nil {
		return nil, err
	}
	*stage = "values"
	known, err := capabilitiesFor(asked)
	if err != nil {
		return nil, err
	}
	values, err := valuesFor(asked, loaded, known)
	if err != nil {
		return nil, err
	}
	*stage = "load"
	if err := checkKubeVersion(loaded, known); err != nil || asked.OnlyDefinitions {
		return rendered(loaded, nil, nil, ""), err
	}
	return manifests(asked, loaded, values, stage)
}

// The values that templates see; none where nothing but definitions is asked for.
func valuesFor(asked *order, loaded *chart.Chart, known *common.Capabilities) (common.Values, error) {
	if err := chartutil.ProcessDependencies(loaded, asked.Values); err != nil {
		return nil, fmt.Errorf("chart dependencies processing failed: %w", err)
	}
	if asked.OnlyDefinitions {
		return nil, nil
	}
	return commonutil.ToRenderValuesWithSchemaValidation(
		loaded, asked.Values, releaseOf(asked), known, asked.SkipSchema)
}

func manifests(asked *order, loaded *chart.Chart, values common.Values, stage *string) (*rendering, error) {
	*stage = "render"
	files, err := engineFor(asked).Render(loaded, values)
	if err != nil {
		return nil, err
	}
	*stage = "parse"
	said := takeNotes(files, loaded.Name())
	hooks, documents, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, err
	}
	return rendered(loaded, hooks, documents, said), nil
}

// An engine that looks things up behind the door, if there is one, without any credential.
func engineFor(asked *order) engine.Engine {
	var made engine.Engine
	if asked.Door != "" {
		made = engine.New(&rest.Config{Host: asked.Door, QPS: 1000, Burst: 1000})
	}
	made.EnableDNS = asked.Names
	return made
}

// Takes the notes out of the files: those of the chart itself count, those of subcharts are dropped.
func takeNotes(files map[string]string, name string) string {
	said := files[path.Join(name, "templates", notes)]
	for file := range files {
		if strings.HasSuffix(file, notes) {
			delete(files, file)
		}
	}
	return said
}
