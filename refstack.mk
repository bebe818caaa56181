# What this repository has, and no starter that is cut out of it.

# Which starters are made and checked: such as thumbnailer,webapi+genai, or all.
STARTERS ?= all

.PHONY: check-starters
check-starters: setup ## Cut out each starter, and run all of its checks: hours
	go test -count=1 -v ./internal/starter -run '^TestWholeStarters$$' -starters=$(STARTERS) -timeout 6h
