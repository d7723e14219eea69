// Command grype-db writes advisory records (a JSON object a line) as a vulnerability database of grype, schema 6, with grype's library.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"strings"

	"github.com/spf13/afero"

	v6 "github.com/anchore/grype/grype/db/v6"
	"github.com/anchore/grype/grype/db/v6/name"
	"github.com/anchore/syft/syft/pkg"
)

type record struct {
	ID           string   `json:"id"`
	CVEs         []string `json:"cves"`
	Aliases      []string `json:"aliases"`
	Details      string   `json:"details"`
	Severity     string   `json:"severity"`
	CVSS         string   `json:"cvss"`
	References   []string `json:"references"`
	Distribution string   `json:"distribution"`
	Release      string   `json:"release"`
	Ecosystem    string   `json:"ecosystem"`
	Name         string   `json:"name"`
	Ranges       []struct {
		Introduced   string `json:"introduced"`
		Fixed        string `json:"fixed"`
		LastAffected string `json:"lastAffected"`
	} `json:"ranges"`
	Versions []string `json:"versions"`
}

// ecosystem is a package type of syft's and the version format that grype compares it with.
type ecosystem struct {
	packages pkg.Type
	format   string
}

var ecosystems = map[string]ecosystem{
	"Debian": {pkg.DebPkg, "dpkg"}, "npm": {pkg.NpmPkg, "npm"}, "PyPI": {pkg.PythonPkg, "python"}, "Go": {pkg.GoModulePkg, "go"},
	"Maven": {pkg.JavaPkg, "maven"}, "crates.io": {pkg.RustPkg, "semver"}, "RubyGems": {pkg.GemPkg, "gem"},
	"Packagist": {pkg.PhpComposerPkg, "composer"}, "NuGet": {pkg.DotnetPkg, "nuget"}, "Hex": {pkg.HexPkg, "hex"},
	"Pub": {pkg.DartPubPkg, "pub"},
}

// Scanned systems are looked up with their code name.
var codenames = map[string]string{"11": "bullseye", "12": "bookworm", "13": "trixie"}

const batch = 500

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func rangesOf(r record, format string) []v6.Range {
	var ranges []v6.Range
	add := func(constraint, fixed string) {
		fix := &v6.Fix{State: v6.NotFixedStatus}
		if fixed != "" {
			fix = &v6.Fix{Version: fixed, State: v6.FixedStatus}
		}
		ranges = append(ranges, v6.Range{Version: v6.Version{Type: format, Constraint: constraint}, Fix: fix})
	}
	for _, span := range r.Ranges {
		var parts []string
		if span.Introduced != "0" {
			parts = append(parts, ">="+span.Introduced)
		}
		switch {
		case span.Fixed != "":
			parts = append(parts, "<"+span.Fixed)
		case span.LastAffected != "":
			parts = append(parts, "<="+span.LastAffected)
		}
		add(strings.Join(parts, ","), span.Fixed)
	}
	for _, version := range r.Versions {
		add("="+version, "")
	}
	return ranges
}

func vulnerabilityOf(r record, provider *v6.Provider) *v6.VulnerabilityHandle {
	blob := &v6.VulnerabilityBlob{ID: r.ID, Description: r.Details, Aliases: r.Aliases}
	for _, url := range r.References {
		blob.References = append(blob.References, v6.Reference{URL: url})
	}
	if r.Severity != "" {
		word := strings.ToLower(strings.Replace(r.Severity, "MODERATE", "medium", 1))
		blob.Severities = append(blob.Severities, v6.Severity{Scheme: v6.SeveritySchemeCHMLN, Value: word, Rank: 1})
	}
	if r.CVSS != "" {
		value := v6.CVSSSeverity{Vector: r.CVSS, Version: strings.TrimPrefix(strings.SplitN(r.CVSS, "/", 2)[0], "CVSS:")}
		blob.Severities = append(blob.Severities, v6.Severity{Scheme: v6.SeveritySchemeCVSS, Value: value, Rank: 2})
	}
	return &v6.VulnerabilityHandle{Name: r.ID, Status: v6.VulnerabilityActive, ProviderID: provider.ID, Provider: provider, BlobValue: blob}
}

func main() {
	input, err := os.Open(os.Args[1])
	check(err)
	directory := os.Args[2]
	store, err := v6.NewWriter(v6.Config{DBDirPath: directory})
	check(err)
	check(store.SetDBMetadata())

	var vulnerabilities []*v6.VulnerabilityHandle
	var packages []*v6.AffectedPackageHandle
	flush := func() {
		check(store.AddVulnerabilities(vulnerabilities...))
		for _, item := range packages {
			item.VulnerabilityID = item.Vulnerability.ID
		}
		check(store.AddAffectedPackages(packages...))
		vulnerabilities, packages = nil, nil
	}
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 64<<20)
	last := ""
	for lines.Scan() {
		var r record
		check(json.Unmarshal(lines.Bytes(), &r))
		kind, known := ecosystems[r.Ecosystem]
		if !known || len(r.Ranges)+len(r.Versions) == 0 {
			continue
		}
		// Records of one advisory follow each other.
		provider := &v6.Provider{ID: "osv"}
		var system *v6.OperatingSystem
		if r.Distribution != "" {
			provider = &v6.Provider{ID: r.Distribution}
			system = &v6.OperatingSystem{Name: r.Distribution, ReleaseID: r.Distribution, MajorVersion: r.Release, Codename: codenames[r.Release]}
		} else if strings.HasPrefix(r.ID, "GHSA-") {
			provider = &v6.Provider{ID: "github"}
		}
		if key := provider.ID + r.ID; key != last || len(vulnerabilities) == 0 {
			if len(vulnerabilities) >= batch {
				flush()
			}
			vulnerabilities = append(vulnerabilities, vulnerabilityOf(r, provider))
			last = key
		}
		packages = append(packages, &v6.AffectedPackageHandle{
			Vulnerability:   vulnerabilities[len(vulnerabilities)-1],
			OperatingSystem: system,
			Package:         &v6.Package{Ecosystem: string(kind.packages), Name: name.Normalize(r.Name, kind.packages)},
			BlobValue:       &v6.PackageBlob{CVEs: r.CVEs, Ranges: rangesOf(r, kind.format)},
		})
	}
	check(lines.Err())
	flush()
	check(store.Close())
	// Adds the indexes, as grype does when it imports a database.
	check(v6.Hydrater()(directory))
	_, err = v6.WriteImportMetadata(afero.NewOsFs(), directory, "bench")
	check(err)
}
