package main

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
)

// A product is what the shop sells.
type product struct {
	ID          int      `json:"id"` // counted from 1 without gaps
	Name        string   `json:"name"`
	Category    string   `json:"category"`
	Tags        []string `json:"tags"`
	Price       cents    `json:"price"`
	Description string   `json:"description"`
}

// A catalog holds all products in memory, ready to be listed and searched.
// Apart from the stock it never changes.
type catalog struct {
	products []product // the one with ID i is at i-1
	index    map[string][]posting
	stock    []atomic.Int64 // pieces on hand, as in the database
	pages    *pages
}

// A posting says that a product contains a word.
type posting struct {
	at     int     // index into catalog.products
	weight float64 // of the places in which the word stands
}

// What a word weighs by the place in which it stands.
const (
	nameWeight        = 4
	tagWeight         = 2
	descriptionWeight = 1
)

func newCatalog(products []product, stock []int64) (*catalog, error) {
	c := &catalog{
		products: products,
		index:    map[string][]posting{},
		stock:    make([]atomic.Int64, len(stock)),
		pages:    newPages(),
	}
	for i := range products {
		c.stock[i].Store(stock[i])
		c.add(i)
		// Filled at the start, so that the shop answers its first visitors as
		// fast as the later ones.
		if _, err := c.pages.get(&products[i]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// add puts a product's words into the index.
func (c *catalog) add(at int) {
	p := &c.products[at]
	weights := map[string]float64{}
	for _, word := range words(p.Name) {
		weights[word] += nameWeight
	}
	for _, tag := range p.Tags {
		weights[tag] += tagWeight
	}
	for _, word := range words(p.Description) {
		weights[word] += descriptionWeight
	}
	for word, weight := range weights {
		c.index[word] = append(c.index[word], posting{at, weight})
	}
}

// words splits text into its lower-case words.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// find returns a product and whether there is one with that ID.
func (c *catalog) find(id int) (*product, bool) {
	if id < 1 || id > len(c.products) {
		return nil, false
	}
	return &c.products[id-1], true
}

// all returns every product, in the order of their IDs.
func (c *catalog) all() []*product {
	found := make([]*product, len(c.products))
	for i := range c.products {
		found[i] = &c.products[i]
	}
	return found
}

// search returns the products that contain all words of the query, the most
// relevant first: by the weight of the words times their rarity.
func (c *catalog) search(query string) []*product {
	scores := map[int]float64{}
	terms := words(query)
	for i, term := range terms {
		postings := c.index[term]
		rarity := math.Log(1 + float64(len(c.products))/float64(1+len(postings)))
		next := make(map[int]float64, len(postings))
		for _, p := range postings {
			if score, ok := scores[p.at]; ok || i == 0 {
				next[p.at] = score + p.weight*rarity
			}
		}
		scores = next
	}
	return c.ranked(scores)
}

// ranked returns the products at the keys of scores, the highest score first.
func (c *catalog) ranked(scores map[int]float64) []*product {
	found := make([]*product, 0, len(scores))
	for at := range scores {
		found = append(found, &c.products[at])
	}
	slices.SortFunc(found, func(a, b *product) int {
		return cmp.Or(cmp.Compare(scores[b.ID-1], scores[a.ID-1]), cmp.Compare(a.ID, b.ID))
	})
	return found
}

// related returns up to n other products that share the most tags with p.
func (c *catalog) related(p *product, n int) []*product {
	scores := map[int]float64{}
	for _, tag := range p.Tags {
		for _, posting := range c.index[tag] {
			if other := &c.products[posting.at]; other != p && other.Category == p.Category {
				scores[posting.at]++
			}
		}
	}
	found := c.ranked(scores)
	return found[:min(n, len(found))]
}

// facets count what is among found products, to narrow a search by.
type facets struct {
	Categories []facet `json:"categories"`
	Tags       []facet `json:"tags"`
	MinPrice   cents   `json:"min_price"`
	MaxPrice   cents   `json:"max_price"`
}

// A facet counts the products that have something in common.
type facet struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

func countFacets(found []*product) facets {
	var f facets
	categories, tags := map[string]int{}, map[string]int{}
	for i, p := range found {
		categories[p.Category]++
		for _, tag := range p.Tags {
			tags[tag]++
		}
		if i == 0 || p.Price < f.MinPrice {
			f.MinPrice = p.Price
		}
		f.MaxPrice = max(f.MaxPrice, p.Price)
	}
	f.Categories, f.Tags = byCount(categories), byCount(tags)
	return f
}

// byCount returns the counts as facets, the most frequent first.
func byCount(counts map[string]int) []facet {
	facets := make([]facet, 0, len(counts))
	for name, count := range counts {
		facets = append(facets, facet{name, count})
	}
	slices.SortFunc(facets, func(a, b facet) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return facets
}
