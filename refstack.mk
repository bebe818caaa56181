# What this repository has, and no starter that is cut out of it.

.PHONY: docs
docs: ## Redraw the pictures and rewrite the page of costs, after make golden
	go run ./bin/docs

# Which starters are made and checked: such as thumbnailer,webapi+genai, or all.
STARTERS ?= all

.PHONY: check-starters
check-starters: setup ## Cut out each starter, and run all of its checks: an hour or two
	go test -count=1 -v ./internal/starter -run '^TestWholeStarters$$' -starters=$(STARTERS) -timeout 6h

# The first of them is part of make check.
.PHONY: check-starter
check-starter: STARTERS = thumbnailer
check-starter: check-starters
check: check-starter
