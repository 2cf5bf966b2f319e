package main

import (
	"net/http"
	"strconv"
)

const (
	pageSize     = 24 // products on a page of a list
	relatedCount = 4  // products that are shown beside another one
)

// A listing is one page of found products.
type listing struct {
	Products []item `json:"products"`
	Page     int    `json:"page"` // counted from 1
	Pages    int    `json:"pages"`
	Total    int    `json:"total"` // of products found
	Facets   facets `json:"facets"`
}

// An item is a product in a list.
type item struct {
	*product
	Stock int64 `json:"stock"` // pieces on hand
}

// listProducts answers GET /products?page=&q=.
func (s *shop) listProducts(r *http.Request) (int, any, error) {
	query := r.URL.Query()
	page := 1
	if text := query.Get("page"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return 0, nil, refuse(http.StatusBadRequest, "page: want a number from 1, got %q", text)
		}
		page = n
	}
	c := s.catalog.Load()
	var found []*product
	if q := query.Get("q"); q != "" {
		found = c.search(q)
	} else {
		found = c.all()
	}
	return http.StatusOK, listing{
		Products: c.items(cut(found, page)),
		Page:     page,
		Pages:    (len(found) + pageSize - 1) / pageSize,
		Total:    len(found),
		Facets:   countFacets(found),
	}, nil
}

// cut returns one page of found; it is empty beyond the last one.
func cut(found []*product, page int) []*product {
	if page > len(found)/pageSize+1 {
		return nil
	}
	start := (page - 1) * pageSize
	return found[start:min(start+pageSize, len(found))]
}

// items returns the products with their stock.
func (c *catalog) items(products []*product) []item {
	items := make([]item, len(products))
	for i, p := range products {
		items[i] = item{p, c.stock[p.ID-1].Load()}
	}
	return items
}

// getProduct answers GET /products/{id}.
func (s *shop) getProduct(r *http.Request) (int, any, error) {
	c := s.catalog.Load()
	id, err := strconv.Atoi(r.PathValue("id"))
	p, ok := c.find(id)
	if err != nil || !ok {
		return 0, nil, refuse(http.StatusNotFound, "no product %q", r.PathValue("id"))
	}
	html, err := c.pages.get(p)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, struct {
		item
		HTML    string `json:"html"`
		Related []item `json:"related"`
	}{c.items([]*product{p})[0], html, c.items(c.related(p, relatedCount))}, nil
}
