# make [help]: what there is. Go 1.26 is all that is needed (synth: Node 20 or later, too); nothing here touches the cloud.
.DEFAULT_GOAL := help
SHELL := /bin/bash

FUNCTIONS   := $(notdir $(patsubst %/main.go,%,$(wildcard functions/*/main.go)))
GOTESTFLAGS ?=
FUZZTIME    ?= 10s
BENCHTIME   ?= 1s

# One way to compile, as for Lambda: what vet, the tests and the programs that they start have compiled they share. Nothing here needs C but the race detector; without a
# compiler of it the tests run without the detector.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath $(GOFLAGS)
RACE := $(if $(shell command -v $(firstword $(shell go env CC 2>/dev/null) none)),-race)

# having finds the packages whose tests have a function of this name.
having = $(sort $(dir $(shell grep -rlE '^func $(1)' --include='*_test.go' functions infra shared)))

.PHONY: help run demo test check code modules check-all bench build synth sbom fuzz clean $(FUNCTIONS)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: toolchain
toolchain: # says what to do where Go is missing or too old to read go.mod
	@command -v go >/dev/null || { echo "Go is missing here: install Go 1.26 or later from https://go.dev/dl, and open a new terminal"; exit 1; }
	@go list -m >/dev/null 2>&1 || { echo "This needs Go 1.26 or later, and here is $$(cd / && go env GOVERSION): install it from https://go.dev/dl"; exit 1; }

.PHONY: node
node: # says what to do where Node is missing or older than what the gate runs with
	@command -v node >/dev/null || { echo "Node is missing here: install Node 20 or later from https://nodejs.org, and open a new terminal"; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "This needs Node 20 or later, and here is $$(node --version): install it from https://nodejs.org"; exit 1; }

run: toolchain ## the desk on this machine
	@go build -o .pronto/bin/pronto ./infra/pronto
	@.pronto/bin/pronto run # not by go run, which ends with an error after Ctrl-C

demo: toolchain ## a dozen real mails at the running desk
	@go build -o .pronto/bin/pronto ./infra/pronto
	@.pronto/bin/pronto demo

# Without the race detector, which makes a test six times as slow: the fault tables (SurvivesEveryFault), which play hundreds of desks and move one message after the other;
# what counts allocations, since the detector makes some of its own; whole packages that play one thing after the other; and infra, whose desks are other processes.
# What takes longest comes first, so that it is not left over at the end.
UNRACED := SurvivesEveryFault|NoAllocation
ALONE   := functions functions/console/console functions/console/pages functions/listen/listen shared/mail shared/mail/show shared/triage shared/triage/language

test: toolchain ## everything that a fresh machine can prove
	@$(if $(RACE),,echo "no C compiler here: the tests run without the race detector")
	@status=0; set -x; \
	CGO_ENABLED=$(if $(RACE),1,0) go test $(GOTESTFLAGS) -vet=off -timeout 20m $(RACE) -skip '$(UNRACED)' ./shared/channel/bluesky $$(go list ./functions/... ./shared/... ./stories/... | grep -vxF $(ALONE:%=-e pronto/%)) || status=$$?; \
	go test $(GOTESTFLAGS) -vet=off -timeout 20m $(ALONE:%=./%) || status=$$?; \
	go test $(GOTESTFLAGS) -vet=off -timeout 20m -run '$(UNRACED)' $(filter-out $(ALONE:%=./%/),$(addprefix ./,$(call having,Test[A-Za-z0-9]*($(UNRACED))))) || status=$$?; \
	go test $(GOTESTFLAGS) -vet=off -timeout 20m -count=1 ./infra/pronto/browser ./infra/pronto/storm ./infra/... || status=$$?; \
	{ exit $$status; } 2>/dev/null

check: code modules ## form, vet, staticcheck, known vulnerabilities, imports, modules

code:
	@test -z "$$(find events functions infra shared stories -name node_modules -prune -o -name '*.go' -print0 | xargs -0 gofmt -l | tee /dev/stderr)" || { echo "gofmt: the files above are not in form: run gofmt -w"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	@$(MAKE) -s vulnerabilities
	go test -vet=off -count=1 ./shared

modules:
	go mod verify
	go mod tidy -diff

.PHONY: vulnerabilities
vulnerabilities: # skipped, loudly, only when the database cannot be reached
	@out=$$(go tool govulncheck ./... 2>&1); status=$$?; echo "$$out"; \
	if [ $$status -ne 0 ] && grep -qE 'fetching vulnerabilities|dial tcp|no such host|vuln\.go\.dev' <<<"$$out" && ! grep -q 'Vulnerability #' <<<"$$out"; then \
	  echo "SKIPPED govulncheck: its database (vuln.go.dev) cannot be reached from here"; exit 0; fi; exit $$status

check-all: check ## check, the race detector where test leaves it out, fifty seeds of the storm, and the bench with 1,000,000 open conversations
	@$(if $(RACE),,echo "no C compiler here: nothing is tested with the race detector")
	$(if $(RACE),CGO_ENABLED=1 go test -vet=off -timeout 40m -race ./functions/listen/... ./functions/console/...)
	go run ./infra/pronto storm --seeds 50
	go run ./infra/bench -open 1000000 -conversations 1000000

bench: ## latency, throughput, cost a mail, priority lane, timers, start of each function
	go run ./infra/bench -open 100000
	go test -vet=off -run '^$$' -bench 'Tweet|Mail|Mood|Memory' ./shared/triage # no more than 50 µs a tweet and 1 ms for ten kilobytes of mail, 20 MB; govader beside it

build: $(FUNCTIONS) ## dist/<function>/bootstrap for Lambda, linux/arm64, reproducible; the synthesis lays the rule book beside it

$(FUNCTIONS):
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -trimpath -buildvcs=false -tags lambda.norpc -ldflags '-s -w -buildid=' -o dist/$@/bootstrap ./functions/$@

# cfn-lint's W3005 (it waits for what it names anyhow) and W6001 (an output is an import) are about what the CDK writes by itself, and harm nothing.
synth: node build node_modules ## the stacks of STAGE (dev) as CloudFormation, in cdk.out/, by policy.yaml and stage.yaml in DESK (or PRONTO_DESK, or here)
	npx --no-install cdk synth --quiet -c stage=$(or $(STAGE),dev)$(if $(DESK), -c desk='$(DESK)')
	@if command -v cfn-lint >/dev/null; then cfn-lint --ignore-checks W3005 W6001 --non-zero-exit-code error --template cdk.out/*.template.json; \
	else echo "SKIPPED cfn-lint: it is not installed here (cdk-nag and the service specification look at the same templates in the tests)"; fi

sbom: ## what the functions are made of: licences, and dist/sbom.json (CycloneDX)
	go run ./infra/sbom

DEVNET := infra/local/bluesky/devnet

# SQLite is compiled without optimisation: it is to be there soon, not to be fast.
.PHONY: devnet
devnet: $(DEVNET)/node_modules ## the official dev network of Bluesky, for the tests of its adapter (360 MB)

$(DEVNET)/node_modules: $(DEVNET)/package-lock.json
	cd $(DEVNET) && npm ci --silent --no-audit --no-fund --ignore-scripts
	cd $(DEVNET) && CFLAGS=-O0 CXXFLAGS='-O0 -w' JOBS=2 npm rebuild --silent better-sqlite3
	touch $@

node_modules: package-lock.json | node # the CDK's command line, pinned
	npm ci --silent --no-audit --no-fund
	@touch node_modules

fuzz: ## every fuzz target for FUZZTIME each
	@grep -rlE '^func Fuzz' --include='*_test.go' functions infra shared | while read -r file; do \
	  for target in $$(grep -oE '^func Fuzz[A-Za-z0-9_]+' $$file | cut -c6-); do \
	    go test -vet=off -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file) || exit 1; done; done

.PHONY: pictures
pictures: # of the console for the documents, with example data; needs Chromium
	dir=$$(mktemp -d) && PRONTO_PICTURES=$$dir go test -count=1 -run 'Everybody|Called' ./infra/pronto/browser && \
	cp $$dir/queue-wide.png docs/console.png && cp $$dir/conversation-wide.png docs/console-conversation.png && cp $$dir/called-phone.png docs/console-phone.png; rm -rf $$dir

clean: ## remove what build and run made
	rm -rf dist cdk.out .pronto
