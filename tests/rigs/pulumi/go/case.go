package main

// A history as the tests write it: see tests/oracle/README.md for the meaning of each field.

type history struct {
	Version     int                  `json:"version"`
	Name        string               `json:"name"`
	Types       map[string]behaviour `json:"types"`
	Generations []generation         `json:"generations"`
	// Folder is where the files of the generations are, relative paths begin there.
	Folder string `json:"folder"`
}

// behaviour is what the provider of a type does; input keys, if nothing else is said.
type behaviour struct {
	Replaces     []string `json:"replaces"`
	DeletesFirst []string `json:"deletes_first"`
	Computed     []string `json:"computed"`
	Recomputed   []string `json:"recomputed"`
	Stables      []string `json:"stables"`
	Auto         []string `json:"auto"`
	Details      bool     `json:"details"`
	Silent       bool     `json:"silent"`
	Indifferent  []string `json:"indifferent"`
	Previews     bool     `json:"previews"`
}

type generation struct {
	Operation string  `json:"operation"`
	Options   options `json:"options"`
	Program   program `json:"program"`
	Faults    []fault `json:"faults"`
	// Config are the settings of the package, by key.
	Config map[string]string `json:"config"`
	// Naming is the setting `pulumi:autonaming`.
	Naming map[string]any `json:"naming"`
	// Files are written before the generation; null takes one away.
	Files map[string]*string `json:"files"`
}

type options struct {
	StopOnError    bool     `json:"stop_on_error"`
	Refresh        bool     `json:"refresh"`
	RunProgram     bool     `json:"run_program"`
	Targets        []string `json:"targets"`
	Excludes       []string `json:"excludes"`
	ReplaceTargets []string `json:"replace"`
	TargetsDepend  bool     `json:"target_dependents"`
	ExcludesDepend bool     `json:"exclude_dependents"`
}

type program struct {
	Hooks     []hook         `json:"hooks"`
	Resources []declared     `json:"resources"`
	Outputs   map[string]any `json:"outputs"`
	Error     *programError  `json:"error"`
}

// hook is a function of the program. One for errors says so, and how often it wants another try.
type hook struct {
	Name         string `json:"name"`
	OnDryRun     bool   `json:"on_dry_run"`
	IgnoreErrors bool   `json:"ignore_errors"`
	Fails        bool   `json:"fails"`
	ForErrors    bool   `json:"for_errors"`
	Retries      int    `json:"retries"`
}

// programError ends a program after one of its resources, or at its end.
type programError struct {
	After     string `json:"after"`
	InPreview bool   `json:"in_preview"`
}

type declared struct {
	Key       string          `json:"key"`
	Type      string          `json:"type"`
	Name      string          `json:"name"`
	Component bool            `json:"component"`
	Parent    string          `json:"parent"`
	Inputs    map[string]any  `json:"inputs"`
	Outputs   map[string]any  `json:"outputs"`
	Read      string          `json:"read"`
	Invoke    bool            `json:"invoke"`
	Options   declaredOptions `json:"options"`
}

type declaredOptions struct {
	Protect                 *bool             `json:"protect"`
	DependsOn               []string          `json:"depends_on"`
	DeleteBeforeReplace     *bool             `json:"delete_before_replace"`
	IgnoreChanges           []string          `json:"ignore_changes"`
	ReplaceOnChanges        []string          `json:"replace_on_changes"`
	HideDiffs               []string          `json:"hide_diffs"`
	ReplacementTrigger      any               `json:"replacement_trigger"`
	RetainOnDelete          *bool             `json:"retain_on_delete"`
	DeletedWith             string            `json:"deleted_with"`
	ReplaceWith             []string          `json:"replace_with"`
	Aliases                 []alias           `json:"aliases"`
	AdditionalSecretOutputs []string          `json:"additional_secret_outputs"`
	ImportID                string            `json:"import_id"`
	Provider                string            `json:"provider"`
	Providers               map[string]string `json:"providers"`
	Version                 string            `json:"version"`
	EnvVarMappings          map[string]string `json:"env_var_mappings"`
	Hooks                   bound             `json:"hooks"`
	Timeouts                timeouts          `json:"timeouts"`
}

// bound are the names of hooks, by the moment when they are called.
type bound struct {
	BeforeCreate []string `json:"before_create"`
	AfterCreate  []string `json:"after_create"`
	BeforeUpdate []string `json:"before_update"`
	AfterUpdate  []string `json:"after_update"`
	BeforeDelete []string `json:"before_delete"`
	AfterDelete  []string `json:"after_delete"`
	OnError      []string `json:"on_error"`
}

// timeouts are seconds; 0 is none.
type timeouts struct {
	Create float64 `json:"create"`
	Update float64 `json:"update"`
	Delete float64 `json:"delete"`
}

// alias is a whole urn, or what differs from the resource as it is now.
type alias struct {
	Urn       string `json:"urn"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Parent    string `json:"parent"`
	ParentUrn string `json:"parent_urn"`
	NoParent  bool   `json:"no_parent"`
}

// fault makes one call of the provider go wrong.
type fault struct {
	Call string `json:"call"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	When string `json:"when"`
	// Times is how many calls go wrong, 0 for all.
	Times int `json:"times"`
}

// --- what is handed back --------------------------------------------------------------------------

type played struct {
	Name        string        `json:"name"`
	Crash       string        `json:"crash,omitempty"`
	Generations []playedPhase `json:"generations"`
}

// playedPhase is one generation: its preview, its update if the preview had no error, the state then.
type playedPhase struct {
	Preview *phase           `json:"preview"`
	Update  *phase           `json:"update"`
	State   []map[string]any `json:"state"`
}

type phase struct {
	Error        string            `json:"error"`
	ProgramError bool              `json:"program_error"`
	Problems     []problem         `json:"problems"`
	Steps        []step            `json:"steps"`
	Calls        []call            `json:"calls"`
	Answers      map[string]answer `json:"answers"`
}

type problem struct {
	Urn     string `json:"urn"`
	Message string `json:"message"`
}

type step struct {
	Op        string            `json:"op"`
	Urn       string            `json:"urn"`
	Keys      []string          `json:"keys"`
	Diffs     []string          `json:"diffs"`
	Details   map[string]string `json:"details"`
	Component bool              `json:"component"`
	Failed    bool              `json:"failed"`
}

type call struct {
	Method        string   `json:"method"`
	Urn           string   `json:"urn"`
	ID            string   `json:"id,omitempty"`
	OldInputs     any      `json:"old_inputs,omitempty"`
	OldOutputs    any      `json:"old_outputs,omitempty"`
	Inputs        any      `json:"inputs,omitempty"`
	IgnoreChanges []string `json:"ignore_changes,omitempty"`
	Timeout       float64  `json:"timeout,omitempty"`
	Naming        string   `json:"naming,omitempty"`
}

type answer struct {
	ID        string `json:"id"`
	Outputs   any    `json:"outputs"`
	Result    string `json:"result"`
	Component bool   `json:"component"`
	Error     string `json:"error,omitempty"`
}
