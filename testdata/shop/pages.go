package main

import (
	"html/template"
	"strings"
	"sync"
)

var page = template.Must(template.New("page").Parse(`<article id="product-{{.ID}}">
<h1>{{.Name}}</h1>
<p class="category"><a href="/products?q={{.Category}}">{{.Category}}</a></p>
<ul>{{range .Tags}}<li><a href="/products?q={{.}}">{{.}}</a></li>{{end}}</ul>
<p>{{.Description}}</p>
</article>
`))

// pages caches the rendered pages of products.
type pages struct {
	mu   sync.RWMutex
	html map[int]string // by ID
}

func newPages() *pages { return &pages{html: map[int]string{}} }

// get returns a product's page; it renders what is not in the cache.
func (c *pages) get(p *product) (string, error) {
	c.mu.RLock()
	html, ok := c.html[p.ID]
	c.mu.RUnlock()
	if ok {
		return html, nil
	}
	var b strings.Builder
	if err := page.Execute(&b, p); err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.html[p.ID] = b.String()
	return b.String(), nil
}
