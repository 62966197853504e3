package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
)

// The chart, once it is one that can be installed.
func load(asked *order) (*chart.Chart, error) {
	loaded, err := read(asked)
	if err != nil {
		return nil, err
	}
	if kind := loaded.Metadata.Type; kind != "" && kind != "application" {
		return nil, fmt.Errorf("%s charts are not installable", kind)
	}
	there := map[string]bool{}
	for _, dependency := range loaded.Dependencies() {
		there[dependency.Name()] = true
	}
	var missing []string
	for _, wanted := range loaded.Metadata.Dependencies {
		if !there[wanted.Name] {
			missing = append(missing, wanted.Name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("an error occurred while checking for chart dependencies. You may need "+
			"to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but "+
			"missing in charts/ directory: %s", strings.Join(missing, ", "))
	}
	return loaded, nil
}

func read(asked *order) (*chart.Chart, error) {
	var found any
	var err error
	switch {
	case asked.Path != "":
		found, err = loader.Load(asked.Path)
	case len(asked.Archive) == 0:
		err = errors.New("the chart's archive is empty")
	default:
		found, err = loader.LoadArchive(bytes.NewReader(asked.Archive))
	}
	if err != nil {
		return nil, err
	}
	loaded, isOne := found.(*chart.Chart)
	if !isOne {
		return nil, errors.New("invalid chart apiVersion")
	}
	return loaded, nil
}

// What templates may know of the cluster. Of one that is there, they know what it serves and the
// version that it gives itself; without one, what Helm assumes, and what is named on top.
func capabilitiesFor(asked *order) (*common.Capabilities, error) {
	known := common.DefaultCapabilities.Copy()
	if asked.KubeVersion != "" {
		version, err := common.ParseKubeVersion(asked.KubeVersion)
		if err != nil {
			return nil, fmt.Errorf("invalid kube version '%s': %w", asked.KubeVersion, err)
		}
		known.KubeVersion = *version
		if asked.OfCluster {
			known.KubeVersion = common.KubeVersion{
				Version: version.Version, Major: version.Major, Minor: version.Minor}
		}
	}
	if asked.OfCluster {
		known.APIVersions = nil
	}
	known.APIVersions = append(known.APIVersions[:len(known.APIVersions):len(known.APIVersions)], asked.APIVersions...)
	return known, nil
}

func checkKubeVersion(loaded *chart.Chart, known *common.Capabilities) error {
	wanted := loaded.Metadata.KubeVersion
	if wanted == "" || chartutil.IsCompatibleRange(wanted, known.KubeVersion.String()) {
		return nil
	}
	return fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s",
		wanted, known.KubeVersion.Version)
}
