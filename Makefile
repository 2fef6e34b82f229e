# Everything runs in .venv, which any target makes when it is missing. Nothing is installed outside of it.
PYTHON ?= python3
BIN := .venv/bin
CDK8S_CLI := cdk8s-cli@2.207.60
ENV ?= local
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := synth
.PHONY: synth test imports lint prove prove-servers prove-api prove-cluster prove-long bench bench-sql \
        reach pictures verdicts images-lock sbom k8s-apply k8s-secrets k8s-rotate k8s-delete k8s-backup k8s-drill \
        k8s-restore linkerd-setup linkerd-check linkerd-dashboard clean

# A venv that is older than what it was made from is brought up to date.
.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	touch $@

.venv/lint: .venv/ready requirements-lint.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-lint.txt
	touch $@

synth: .venv/ready  ## dist/ for all environments; CHECK=1 only compares
	$(BIN)/python main.py $(if $(CHECK),--check)

test: .venv/ready  ## the fast tests: only Python
	$(BIN)/pytest tests -m "not servers and not api and not cluster and not long" \
	  --numprocesses auto --maxprocesses 4 --dist loadfile $(PYTEST)

imports: .venv/ready  ## bindings of imports/schemas/, by cdk8s import
	CDK8S_CLI=$(CDK8S_CLI) PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python imports/regenerate.py

lint: .venv/lint  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

prove: prove-servers prove-api prove-cluster  ## all proofs; what is missing is skipped with its reason

prove-servers: .venv/ready  ## rendered configuration on the real programs
	$(BIN)/pytest tests -m "servers and not long" --numprocesses 2 --dist loadfile $(PYTEST)

prove-api: .venv/ready  ## dist/ on a real API server (KUBECONFIG, LOOM_CRDS)
	$(BIN)/pytest tests -m "api and not long" --numprocesses 2 --dist loadfile $(PYTEST)

prove-cluster: .venv/ready  ## dist/local on a real cluster (KUBECONFIG); it must be able to get the images
	$(BIN)/pytest tests -m "cluster and not long" $(PYTEST)

prove-long: prove  ## what takes long: run before a release
	$(BIN)/pytest tests -m long $(PYTEST)

bench: .venv/ready  ## time and size of a synthesis, as ratios within one run
	$(BIN)/python tests/bench.py

bench-sql: .venv/ready  ## pgbench: what is rendered against the images' defaults, as ratios within one run
	$(BIN)/python -m tests.bench_sql

reach: .venv/ready  ## who reaches whom in dist/$(ENV), and whether that is what is meant
	$(BIN)/loom-constructs reach dist/$(ENV) --expect docs/traffic/$(ENV).json

pictures: .venv/ready  ## docs/traffic: the same, drawn
	$(BIN)/python docs/traffic/draw.py

verdicts: .venv/ready  ## docs/proof/admission-verdicts.md, by the three engines (gator, go, KUBECONFIG)
	$(BIN)/python -m tests.production.admission.verdicts
images-lock: .venv/ready  ## images.lock.yaml: the digests that it lacks, from the registries (crane); AGAIN=1: all
	$(BIN)/loom-constructs images update $(if $(AGAIN),--again)

sbom: .venv/ready  ## the images of dist/$(ENV), as CycloneDX; docs/sbom has them for all environments
	@$(BIN)/loom-constructs images dist/$(ENV) --format cyclonedx

k8s-apply: .venv/ready  ## dist/$(ENV) to the current context
	$(BIN)/loom-constructs apply $(ENV)

k8s-secrets: .venv/ready  ## the Secrets that dist/$(ENV) needs and the cluster lacks
	$(BIN)/loom-constructs secrets $(ENV)

k8s-rotate: .venv/ready  ## another login for the database of $(ENV), while its clients go on; SECRET=name
	$(BIN)/loom-constructs rotate $(ENV) $(if $(SECRET),--secret $(SECRET))

k8s-delete: .venv/ready  ## all of dist/$(ENV) but claims, Secrets and the namespace; CLAIMS=delete for these too
	$(BIN)/loom-constructs delete $(ENV) $(if $(filter delete,$(CLAIMS)),--claims)

k8s-backup: .venv/ready  ## a backup of the databases of $(ENV), now; STREAM=1: of its stream
	$(BIN)/loom-constructs backup $(ENV) $(if $(STREAM),--stream)

k8s-drill: .venv/ready  ## restores the newest backup beside the server of $(ENV), and compares it
	$(BIN)/loom-constructs drill $(ENV) $(if $(STREAM),--stream)

k8s-restore: .venv/ready  ## DATABASE=, STREAM=1, or AT=moment; BACKUP=name, DRY_RUN=1, OVERWRITE=yes: what is there now may go
	$(BIN)/loom-constructs restore $(ENV) \
	  $(if $(AT),--at "$(AT)",$(if $(STREAM),--stream,--database "$(DATABASE)")) $(if $(BACKUP),--backup $(BACKUP)) \
	  $(if $(DRY_RUN),--dry-run) $(if $(filter yes,$(OVERWRITE)),--overwrite)

linkerd-setup: .venv/ready  ## Linkerd, and $(ENV) into its mesh; PLATFORM=, GATEWAY_API=file, NO_HA=1
	$(BIN)/loom-constructs mesh setup $(ENV) $(if $(PLATFORM),--platform $(PLATFORM)) \
	  $(if $(GATEWAY_API),--gateway-api $(GATEWAY_API)) $(if $(NO_HA),--no-ha)

linkerd-check: .venv/ready  ## what is wrong with Linkerd and the mesh of $(ENV)
	$(BIN)/loom-constructs mesh check $(ENV)

linkerd-dashboard: .venv/ready  ## Linkerd's dashboard
	$(BIN)/loom-constructs mesh dashboard

clean:
	rm -rf .venv .build node_modules
