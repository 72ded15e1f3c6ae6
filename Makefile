# Grimoire: `make run` to use it, `make test` to trust it.

GO       ?= go
NPM      ?= npm
ARGS     ?=
ORACLE   := internal/crdt/crdttest/oracle
WEB_SRC  := $(shell find web/src web/public web/index.html web/*.config.* web/tsconfig*.json -type f 2>/dev/null)

# Targets are commands; the files they make are rules of their own.
.PHONY: run build web types test test-deps test-go test-web test-e2e lint soak fuzz-yjs bench-engine bench-rooms clean

run: build ## build what changed and serve on http://127.0.0.1:8080 with SQLite under ./data
	@exec bin/grimoire serve $(ARGS)

build: web ## make bin/grimoire, the browser client inside
	@CGO_ENABLED=0 $(GO) build -o bin/grimoire ./cmd/grimoire

web: web/dist/index.html

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SRC)
	@cd web && $(NPM) run --silent build

%/node_modules/.package-lock.json: %/package-lock.json | tools
	@cd $* && $(NPM) ci --silent --no-audit --no-fund --fetch-retries 5
	@touch $@

.PHONY: tools
tools:
	@scripts/tools.sh

types: web/node_modules/.package-lock.json ## the client's types, from the API as it is
	@$(GO) run ./cmd/grimoire openapi > web/src/api/openapi.json
	@cd web && $(NPM) run --silent types

test: test-deps lint test-go test-web test-e2e ## everything: Go on both databases, the client's units, two real browsers

test-deps: ## PostgreSQL's binaries and Chromium, through the system's packages on Debian
	@scripts/test-deps.sh

lint:
	@test -z "$$(gofmt -l cmd internal loadgen migrations web/*.go)" || { gofmt -l cmd internal loadgen migrations web/*.go; echo 'run gofmt -w on these'; exit 1; }
	@$(GO) vet ./...

test-go: web $(ORACLE)/node_modules/.package-lock.json internal/ws/testdata/ywebsocket/node_modules/.package-lock.json
	$(GO) test -timeout 15m ./...
	cd loadgen && $(GO) vet ./... && $(GO) test -timeout 5m ./...

test-web: web/node_modules/.package-lock.json
	cd web && $(NPM) run --silent check && $(NPM) test --silent && $(NPM) run --silent contrast

test-e2e: build
	cd web && $(NPM) run --silent size && $(NPM) run --silent e2e

soak: build ## the long forms of the random tests; SEED, KILLS, CUTS, SEEDS, CLASSES and EDITS may be given
	$(GO) test -count 1 -timeout 90m -run 'TestCrash' -v ./cmd/grimoire -args -kills $(or $(KILLS),1000)
	$(GO) test -count 1 -timeout 30m -run 'TestPowerCut' -v ./internal/models -args -cuts $(or $(CUTS),3000)
	$(GO) test -count 1 -timeout 30m -tags soak -run 'TestDeviceCut' -v ./internal/models -args -device-cuts $(or $(CUTS),100)
	$(GO) test -count 1 -timeout 60m -run 'TestSimulation$$' ./internal/ws -args -seeds $(or $(SEEDS),10000)
	$(GO) test -count 1 -timeout 60m -run 'TestSoak' -v ./internal/ws -args -soak-rounds $(or $(CLASSES),1000)
	$(GO) test -count 1 -timeout 30m -run 'DoesNotGrow' -v ./internal/crdt/crdttest -args -seed $(or $(SEED),2) -edits $(or $(EDITS),10000000)

fuzz-yjs: $(ORACLE)/node_modules/.package-lock.json ## seeded cases against real yjs: SEED=n CASES=k
	@out=$$(mktemp) && { $(GO) test -count 1 -timeout 90m -run 'TestOracle' -v ./internal/crdt/crdttest -args -seed $(or $(SEED),1) -cases $(or $(CASES),5000) >$$out 2>&1; \
	status=$$?; cat $$out; sed -n 's/.*\(cases=[0-9].*\)/\1/p' $$out; rm $$out; exit $$status; }

bench-engine: $(ORACLE)/node_modules/.package-lock.json ## the engine beside yjs: ROUNDS=n RUNS=n TASKS=load-b4,encode-b4
	@cd internal/crdt/crdttest && $(GO) run ./bench -rounds $(or $(ROUNDS),3) -runs $(or $(RUNS),5) -tasks '$(TASKS)'

bench-rooms: build ## the rooms beside y-websocket and Hocuspocus, into docs/benchmarks.md: ROUNDS=n, SHORT=1
	@loadgen/bench.sh

clean:
	rm -rf bin web/dist/assets web/dist/index.html
