# Everything a person does with this repository. Needs Go and npm.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What npm installed comes first: the CDK CLI, and the Node.js that jsii runs.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# The CLI would report each of its runs to AWS, by a process of its own.
export CDK_DISABLE_CLI_TELEMETRY := true

# Which stacks (all of them where a target allows it), and dev or prod.
STACK ?=
STAGE ?= dev
# Further settings, such as CONTEXT='-c arch=x86_64 -c alarmEmail=ops@example.com'.
CONTEXT ?=
SETTINGS = -c stage=$(STAGE) $(CONTEXT)

# The CDK's template validator takes seconds; check runs it once.
FAST := CDK_VALIDATION=false
GOTEST := go tool gotestsum --format pkgname-and-test-fails --

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: node_modules/.package-lock.json .build/primed

node_modules node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch node_modules/.package-lock.json

# One synth with the validator on makes jsii index the library; every later one
# is more than twice as fast for it.
.build/primed: go.sum node_modules/.package-lock.json
	@echo "Preparing jsii's index of the CDK, once."
	cdk list > /dev/null
	@mkdir -p .build && touch .build/primed

.PHONY: synth
synth: setup ## Write the templates and the functions' binaries to cdk.out
	@rm -rf cdk.out
	$(FAST) cdk synth --quiet $(STACK) $(if $(STACK),--exclusively) $(SETTINGS)
	@ls cdk.out/*.template.json cdk.out/asset.*/bootstrap

.PHONY: test
test: setup ## Run all tests
	$(GOTEST) -count=1 ./...

.PHONY: golden
golden: setup ## Rewrite the golden templates, and what is made of files, after a change that you want
	go test -count=1 -run 'Golden|Description|Grants' $$(git grep -lE 'cdktest.(Golden|Updating)' -- '*_test.go' | xargs -n 1 dirname | sed 's,^,./,' | sort -u) -update

.PHONY: check
check: setup note-tree lint race fuzz validate test same-tree ## Run all that CI runs

.PHONY: lint
lint: setup
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); test -z "$$unformatted" || { echo "gofmt: $$unformatted"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

# The packages that run goroutines, under the race detector. Those whose tests link
# jsii are left out, since its protocol does not survive the detector, and so are the
# rules, which run none.
.PHONY: race
race:
	$(GOTEST) -count=1 -race $$(go list -test -f '{{.ImportPath}} {{join .Deps " "}}' ./constructs/... ./lambdas/... ./test/... | awk '$$1 ~ /\.test$$/ && !/jsii-runtime-go|^[^ ]*\/test\/rules\.test / { print substr($$1, 1, length($$1) - 5) }')

# A short run of each fuzz target, from its seeds on. It is a count, as a time that ends
# fails a target now and then (golang/go#75804).
.PHONY: fuzz
fuzz:
	@git grep -o '^func Fuzz[A-Za-z]*' -- '*_test.go' | while IFS=: read -r file target; do \
		go test -run '^$$' -fuzz "^$${target#func }$$" -fuzztime 10000x -fuzzminimizetime 100x "./$${file%/*}" || exit 1; \
	done

# One synth with the CDK's template validator, which takes seconds, in each stage,
# the second with all that can be turned on.
EVERYTHING := -c alarmEmail=ops@example.com
EVERYTHING += -c webapi.allowedOrigins=https://a.example.com,https://b.example.com -c webapi.logRole=true
EVERYTHING += -c pipes.targets=all -c pipes.logRole=true
EVERYTHING += -c genai.reply=websocket,iot -c genai.cache=1h -c genai.budget=100 -c genai.guardrail=abc123 -c genai.guardrailVersion=1
EVERYTHING += -c mapreduce.children=standard -c mapreduce.concurrency=400 -c mapreduce.badRows=10 -c mapreduce.badRowsPercentage=0.1
.PHONY: validate
validate: setup
	cdk synth --quiet --output .build/validated $(SETTINGS)
	cdk synth --quiet --output .build/validated -c stage=prod $(EVERYTHING)

.PHONY: note-tree same-tree
note-tree:
	@mkdir -p .build && git status --porcelain > .build/tree
same-tree:
	@git status --porcelain | diff .build/tree - || { echo "check changed the work tree"; exit 1; }

.PHONY: bench
bench: setup ## Measure: synth, goldens, functions, and others that do the same
	go version && node --version && uname -srm && nproc
	@git grep -l '^func Benchmark' -- '*_test.go' | xargs -n 1 dirname | sort -u | while read -r folder; do \
		$(FAST) go test "./$$folder" -run '^$$' -bench . -benchtime 5s -timeout 40m || exit 1; \
	done
	@for program in $$(git ls-files 'test/bench/*/main.go'); do go run "./$${program%/*}"; done

.PHONY: deploy
deploy: setup stack ## Deploy: make deploy STACK=NAME STAGE=dev
	cdk deploy $(STACK) --exclusively $(SETTINGS)

.PHONY: diff
diff: setup stack ## Compare with what is deployed: make diff STACK=NAME
	cdk diff $(STACK) --exclusively $(SETTINGS)

.PHONY: destroy
destroy: setup stack ## Delete what is deployed: make destroy STACK=NAME
	$(FAST) cdk destroy $(STACK) $(SETTINGS)

.PHONY: stack
stack: setup
	@test -n "$(STACK)" || { echo "Say which stack: make $(or $(MAKECMDGOALS),deploy) STACK=... with one of:"; $(FAST) cdk list; exit 1; }

# Further targets, of your own.
-include $(wildcard *.mk)

.PHONY: clean
clean: ## Remove what was built
	rm -rf .build cdk.out
