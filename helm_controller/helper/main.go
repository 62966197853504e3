// The second engine behind helm_controller/engine.py: Helm's loader, values and templates, and
// nothing else of it.
//
// It is started with two numbers: the bytes of address space that it may have, and the seconds of
// processor time that an order may take. It writes its version, reads an order a line from standard
// input and writes an answer a line, until the input ends. What orders and answers hold is told in
// helm_controller/rendering.py. A chart can end this process, or keep it for ever: whoever starts
// it has to count on that.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"k8s.io/client-go/rest"

	"helm.sh/helm/v4/pkg/chart/common"
	commonutil "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	release "helm.sh/helm/v4/pkg/release/v1"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

const (
	niceness    = 5
	largestFile = 64 << 20
	// What templates that go round in a circle may stack up, before the process ends and says so.
	deepest = 128 << 20
	notes   = "NOTES.txt"
	helm    = "helm.sh/helm/v4"
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

func main() {
	log.SetFlags(0)
	memory, seconds := arguments()
	confine(memory)
	endWhenTimeIsUp()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	// Whatever else prints, prints among the warnings.
	os.Stdout = os.Stderr
	say(out, []byte(version()))
	serve(bufio.NewReaderSize(os.Stdin, 1<<20), out, seconds)
}

func serve(in *bufio.Reader, out *bufio.Writer, seconds int64) {
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		allow(seconds)
		forgetWarnings()
		say(out, lineOf(outcome(line)))
	}
}

func say(out *bufio.Writer, line []byte) {
	out.Write(line)
	out.WriteByte('\n')
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
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

func lineOf(outcome any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answer{outcome, mostMemory()}); err != nil {
		return lineOf(&refusal{"render", "what the chart makes has no form in JSON: " + err.Error()})
	}
	return bytes.TrimRight(text.Bytes(), "\n")
}

// What `helm template` does, in its order. A chart belongs to one order: rendering changes it.
func render(asked *order) (made *rendering, refused *refusal) {
	stage := "name"
	defer func() {
		if panicked := recover(); panicked != nil {
			made, refused = nil, &refusal{stage, fmt.Sprintf("Helm panicked: %v", panicked)}
		}
	}()
	no := func(err error) (*rendering, *refusal) { return nil, &refusal{stage, err.Error()} }

	if err := chartutil.ValidateReleaseName(asked.Name); err != nil {
		return no(err)
	}
	stage = "load"
	loaded, err := load(asked)
	if err != nil {
		return no(err)
	}
	stage = "values"
	capabilities, err := capabilitiesFor(asked)
	if err != nil {
		return no(err)
	}
	if err := chartutil.ProcessDependencies(loaded, asked.Values); err != nil {
		return no(fmt.Errorf("chart dependencies processing failed: %w", err))
	}
	var values common.Values
	if !asked.OnlyDefinitions {
		values, err = commonutil.ToRenderValuesWithSchemaValidation(
			loaded, asked.Values, releaseOf(asked), capabilities, asked.SkipSchema)
	}
	if err != nil {
		return no(err)
	}
	stage = "load"
	if err := checkKubeVersion(loaded, capabilities); err != nil {
		return no(err)
	}
	if asked.OnlyDefinitions {
		return rendered(loaded, nil, nil, ""), nil
	}
	stage = "render"
	files, err := engineFor(asked).Render(loaded, values)
	if err != nil {
		return no(err)
	}
	stage = "parse"
	said := takeNotes(files, loaded.Name())
	hooks, documents, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return no(err)
	}
	return rendered(loaded, hooks, documents, said), nil
}

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

func releaseOf(asked *order) common.ReleaseOptions {
	return common.ReleaseOptions{
		Name:      asked.Name,
		Namespace: asked.Namespace,
		Revision:  asked.Revision,
		IsUpgrade: asked.IsUpgrade,
		IsInstall: !asked.IsUpgrade,
	}
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

// The release of Helm that is inside.
func version() string {
	if built, known := debug.ReadBuildInfo(); known {
		for _, module := range built.Deps {
			if module.Path == helm {
				return module.Version
			}
		}
	}
	return "unknown"
}

func arguments() (memory uint64, seconds int64) {
	if len(os.Args) != 3 {
		log.Fatal("usage: penstock-helm MEMORY SECONDS\n  bytes of address space, and seconds of processor time an order")
	}
	memory, wrong := strconv.ParseUint(os.Args[1], 10, 63)
	seconds, alsoWrong := strconv.ParseInt(os.Args[2], 10, 32)
	if err := errors.Join(wrong, alsoWrong); err != nil {
		log.Fatal(err)
	}
	return memory, seconds
}

// Limits that the kernel keeps, and two of Go's own that come before them.
func confine(memory uint64) {
	for what, most := range map[int]uint64{
		syscall.RLIMIT_AS:    memory,
		syscall.RLIMIT_CORE:  0,
		syscall.RLIMIT_FSIZE: largestFile,
	} {
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			log.Fatalf("a limit cannot be set: %v", err)
		}
	}
	debug.SetMaxStack(deepest)
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, niceness); err != nil {
		log.Fatalf("the priority cannot be set: %v", err)
	}
}

// Go's own runtime takes no notice of the kernel's signal.
func endWhenTimeIsUp() {
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGXCPU)
	go func() {
		<-over
		log.Fatal("an order took too much processor time")
	}()
}

// Grants processor time for one order more: a loop ends then, though nobody is left to do it.
func allow(seconds int64) {
	used := usage()
	soft := uint64(int64(used.Utime.Sec) + int64(used.Stime.Sec) + seconds)
	var now syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_CPU, &now)
	if err == nil {
		now.Cur = min(soft, now.Max)
		err = syscall.Setrlimit(syscall.RLIMIT_CPU, &now)
	}
	if err != nil {
		log.Fatalf("the limit of processor time cannot be set: %v", err)
	}
}

// Standard error is a file of the caller's: what it holds is of one order.
func forgetWarnings() {
	if about, err := os.Stderr.Stat(); err == nil && about.Mode().IsRegular() {
		os.Stderr.Truncate(0)
		os.Stderr.Seek(0, 0)
	}
}

func mostMemory() int64 {
	unit := int64(1024)
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return int64(usage().Maxrss) * unit
}

func usage() syscall.Rusage {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		log.Fatal(err)
	}
	return used
}
