module grype-db

go 1.26.0

require (
	github.com/anchore/grype v0.116.0
	github.com/anchore/syft v1.51.0
)
