// Command trivy-db writes advisory records (a JSON object a line) as a vulnerability database of trivy, schema 2.
//
// Buckets: "data-source" (bucket name → source), "vulnerability" (id → details), and for each source of advisories a bucket
// ("debian 12", "npm::…") of buckets (package name) of advisories (id → versions).
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"regexp"
	"strings"

	bolt "go.etcd.io/bbolt"
)

type record struct {
	ID           string   `json:"id"`
	CVEs         []string `json:"cves"`
	Aliases      []string `json:"aliases"`
	Title        string   `json:"title"`
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

// advisory is what trivy reads for one vulnerability of one package.
type advisory struct {
	VendorIDs          []string `json:",omitempty"`
	FixedVersion       string   `json:",omitempty"`
	Status             int      `json:",omitempty"`
	VulnerableVersions []string `json:",omitempty"`
	PatchedVersions    []string `json:",omitempty"`
}

const affected = 2

var ecosystems = map[string]string{
	"npm": "npm", "PyPI": "pip", "Go": "go", "Maven": "maven", "crates.io": "cargo", "RubyGems": "rubygems",
	"Packagist": "composer", "NuGet": "nuget", "Hex": "erlang", "Pub": "pub",
}

var severities = map[string]int{"LOW": 1, "MODERATE": 2, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}

var pythonSeparators = regexp.MustCompile(`[-_.]+`)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func put(bucket *bolt.Bucket, key string, value any) {
	text, err := json.Marshal(value)
	check(err)
	check(bucket.Put([]byte(key), text))
}

func bucketOf(tx *bolt.Tx, names ...string) *bolt.Bucket {
	bucket, err := tx.CreateBucketIfNotExists([]byte(names[0]))
	check(err)
	for _, name := range names[1:] {
		bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
		check(err)
	}
	return bucket
}

// sourceOf names the bucket of the record's advisories and where they come from.
func sourceOf(r record) (bucket, id, name string) {
	if r.Distribution != "" {
		return r.Distribution + " " + r.Release, r.Distribution, "Debian Security Tracker"
	}
	id, name = "osv", "Open Source Vulnerability "+r.Ecosystem
	if strings.HasPrefix(r.ID, "GHSA-") {
		id, name = "ghsa", "GitHub Security Advisory "+r.Ecosystem
	}
	return ecosystems[r.Ecosystem] + "::" + name, id, name
}

func packageName(r record) string {
	switch r.Ecosystem {
	case "PyPI":
		return pythonSeparators.ReplaceAllString(strings.ToLower(r.Name), "-")
	case "Maven", "Debian":
		return r.Name
	}
	return strings.ToLower(r.Name)
}

func advisoryOf(r record) (advisory, bool) {
	result := advisory{VendorIDs: r.Aliases}
	if r.Distribution != "" {
		if len(r.Ranges) == 0 {
			return result, false
		}
		if result.FixedVersion = r.Ranges[len(r.Ranges)-1].Fixed; result.FixedVersion == "" {
			result.Status = affected
		}
		return result, true
	}
	for _, span := range r.Ranges {
		constraint := ">=" + span.Introduced
		switch {
		case span.Fixed != "":
			constraint += ", <" + span.Fixed
			result.PatchedVersions = append(result.PatchedVersions, span.Fixed)
		case span.LastAffected != "":
			constraint += ", <=" + span.LastAffected
		}
		result.VulnerableVersions = append(result.VulnerableVersions, constraint)
	}
	for _, version := range r.Versions {
		result.VulnerableVersions = append(result.VulnerableVersions, "="+version)
	}
	return result, len(result.VulnerableVersions) > 0
}

func write(tx *bolt.Tx, r record) {
	item, usable := advisoryOf(r)
	if !usable {
		return
	}
	bucket, source, name := sourceOf(r)
	put(bucketOf(tx, "data-source"), bucket, map[string]string{"ID": source, "Name": name, "URL": "https://osv.dev"})
	ids := r.CVEs
	if len(ids) == 0 {
		ids = []string{r.ID}
	}
	details := map[string]any{"Title": r.Title, "Description": r.Details, "References": r.References}
	if severity := severities[strings.ToUpper(r.Severity)]; severity > 0 {
		details["VendorSeverity"] = map[string]int{source: severity}
	}
	if r.CVSS != "" {
		details["CVSS"] = map[string]any{source: map[string]string{"V3Vector": r.CVSS}}
	}
	for _, id := range ids {
		put(bucketOf(tx, bucket, packageName(r)), id, item)
		put(bucketOf(tx, "vulnerability"), id, details)
	}
}

func main() {
	input, err := os.Open(os.Args[1])
	check(err)
	db, err := bolt.Open(os.Args[2], 0o644, nil)
	check(err)
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 64<<20)
	check(db.Update(func(tx *bolt.Tx) error {
		for lines.Scan() {
			var r record
			check(json.Unmarshal(lines.Bytes(), &r))
			write(tx, r)
		}
		return lines.Err()
	}))
	check(db.Close())
}
