package cost

import (
	"fmt"
	"slices"
	"strings"

	"refstack/internal/catalog"
)

// everything are the stacks that have more on request than by default, and the
// variants of their templates that have all of it.
var everything = map[string]string{"pipes": "prod-all", "genai": "prod-all"}

// Page is docs/costs.md.
func Page() (string, error) {
	var page strings.Builder
	fmt.Fprintf(&page, `# Costs

Computed from the templates of the stacks by `+"`refstack cost`"+`, with the list prices
of %s in %s as they were written down on %s in
[prices.json](../internal/cost/prices.json), in dollars a month, without free tiers,
discounts and taxes. AWS changes prices: the sources in that file are what counts.

For a load of your own:

`+"```sh\ngo run ./bin/refstack cost thumbnailer --images 1000000 --mb 3 --stage prod\n```"+`

## Idle

| stack | dev | prod | prod with all that can be turned on |
|---|---|---|---|
`, "AWS", list.Region, list.Date)
	for _, a := range catalog.All {
		row := []string{fmt.Sprintf("[%s](%s.md)", a.ID, a.Name)}
		variants := []string{"dev", "prod"}
		if everything[a.Name] != "" {
			variants = append(variants, everything[a.Name])
		}
		for _, variant := range variants {
			bill, err := Of(a, variant, NewLoad(a))
			if err != nil {
				return "", err
			}
			row = append(row, dollars(bill.IdleUSD))
		}
		if everything[a.Name] == "" {
			row = append(row, "the same")
		}
		fmt.Fprintf(&page, "| %s |\n", strings.Join(row, " | "))
	}
	for _, a := range catalog.All {
		if err := section(&page, a); err != nil {
			return "", err
		}
	}
	return page.String(), nil
}

// section is what a stack costs in prod, with an example of a load.
func section(page *strings.Builder, a catalog.Architecture) error {
	load := example(a)
	bill, err := Of(a, "prod", load)
	if err != nil {
		return err
	}
	fmt.Fprintf(page, "\n## %s\n\nIn prod, with `%s`:\n\n| what | arithmetic | $ |\n|---|---|---|\n", a.ID, Example(a))
	for _, l := range slices.Concat(bill.Idle, bill.Load) {
		fmt.Fprintf(page, "| %s | %s | %s |\n", l.What, l.arithmetic(), dollars(l.USD))
	}
	fmt.Fprintf(page, "| **together** | of that idle %s | **%s** |\n\nAssumed:\n\n", dollars(bill.IdleUSD), dollars(bill.TotalUSD))
	for _, assumption := range bill.Assumptions {
		fmt.Fprintf(page, "- %s\n", assumption)
	}
	return nil
}

// Example is a command that tells what the stack costs with a load.
func Example(a catalog.Architecture) string {
	load := example(a)
	text := "refstack cost " + a.Name
	for _, f := range load.Flags() {
		if value := load.Get(f.Name); value != f.Default {
			text += " --" + f.Name + " " + value
		}
	}
	return text + " --stage prod"
}
