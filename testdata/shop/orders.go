package main

import (
	"errors"
	"net/http"
	"slices"
	"sync"
)

const (
	maxLines = 20 // in a cart
	// maxCarts is how many carts an account may have open: a further one
	// replaces the oldest, so that carts which nobody orders do not pile up.
	maxCarts = 16
)

// A line is a product in a cart or order.
type line struct {
	Product  int   `json:"product"`
	Quantity int64 `json:"quantity"`
	Price    cents `json:"price"` // of all pieces
}

// A cart holds what an account is about to order.
type cart struct {
	ID    int64  `json:"id"`
	Lines []line `json:"lines"`
	Total cents  `json:"total"`
}

// An order is a cart that was bought.
type order struct {
	ID      uint64 `json:"id"`
	Account string `json:"account"`
	Lines   []line `json:"lines"`
	Total   cents  `json:"total"`
}

// carts holds the open carts of all accounts, in memory only.
type carts struct {
	mu   sync.Mutex
	last int64
	open map[string][]cart // by account, the oldest first
}

func newCarts() *carts { return &carts{open: map[string][]cart{}} }

// put opens a cart and gives it its ID.
func (c *carts) put(account string, opened cart) cart {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	opened.ID = c.last
	open := append(c.open[account], opened)
	if len(open) > maxCarts {
		open = slices.Delete(open, 0, len(open)-maxCarts)
	}
	c.open[account] = open
	return opened
}

// take removes a cart from the open ones.
func (c *carts) take(account string, id int64) (cart, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	open := c.open[account]
	i := slices.IndexFunc(open, func(c cart) bool { return c.ID == id })
	if i < 0 {
		return cart{}, false
	}
	taken := open[i]
	c.open[account] = slices.Delete(open, i, i+1)
	return taken, true
}

// fillCart answers POST /cart: it opens a cart.
func (s *shop) fillCart(r *http.Request, account string) (int, any, error) {
	var in struct{ Items []line }
	if err := decode(r, &in); err != nil {
		return 0, nil, err
	}
	if len(in.Items) == 0 || len(in.Items) > maxLines {
		return 0, nil, refuse(http.StatusBadRequest, "items: want 1 to %d, got %d", maxLines, len(in.Items))
	}
	opened := cart{Lines: in.Items}
	for i := range opened.Lines {
		price, err := s.price(opened.Lines[i])
		if err != nil {
			return 0, nil, err
		}
		opened.Lines[i].Price = price
		opened.Total += price
	}
	return http.StatusCreated, s.carts.put(account, opened), nil
}

// price returns what a line costs: from ten pieces on there is 5 % off.
func (s *shop) price(l line) (cents, error) {
	p, ok := s.catalog.Load().find(l.Product)
	if !ok {
		return 0, refuse(http.StatusNotFound, "no product %d", l.Product)
	}
	if l.Quantity < 1 || l.Quantity > 100 {
		return 0, refuse(http.StatusBadRequest, "quantity: want 1 to 100, got %d", l.Quantity)
	}
	price := p.Price * cents(l.Quantity)
	if l.Quantity >= 10 {
		price -= price / 20
	}
	return price, nil
}

// placeOrder answers POST /orders: it buys an open cart.
func (s *shop) placeOrder(r *http.Request, account string) (int, any, error) {
	var in struct{ Cart int64 }
	if err := decode(r, &in); err != nil {
		return 0, nil, err
	}
	taken, ok := s.carts.take(account, in.Cart)
	if !ok {
		return 0, nil, refuse(http.StatusNotFound, "no open cart %d", in.Cart)
	}
	placed, err := s.store.PlaceOrder(order{Account: account, Lines: taken.Lines, Total: taken.Total})
	if errors.Is(err, errOutOfStock) {
		return 0, nil, refuse(http.StatusConflict, "%v", err)
	}
	if err != nil {
		return 0, nil, err
	}
	c := s.catalog.Load()
	for _, l := range placed.Lines {
		c.stock[l.Product-1].Add(-l.Quantity)
	}
	return http.StatusCreated, placed, nil
}
