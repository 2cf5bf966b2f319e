package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write accounts.csv anew")

const (
	testProducts = 200
	testAccounts = 100 // as many as accounts.csv has
)

// A client talks to a shop's handler.
type client struct {
	t       testing.TB
	handler http.Handler
	token   string
}

func newClient(t testing.TB) *client {
	t.Helper()
	c, _ := openShop(t, t.TempDir())
	c.must(http.StatusOK, "POST", "/admin/seed", map[string]int{"products": testProducts, "accounts": testAccounts})
	return c
}

func openShop(t testing.TB, dir string) (*client, *store) {
	t.Helper()
	store, err := openStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	shop, err := newShop(store)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, handler: shop.handler()}, store
}

// do sends a request and returns the status and the decoded answer.
func (c *client) do(method, path string, body any) (int, map[string]any) {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(text))
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	answer := map[string]any{}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			c.t.Fatalf("%s %s: %v in %q", method, path, err, w.Body)
		}
	}
	return w.Code, answer
}

// must is do for a request that gets the wanted status.
func (c *client) must(want int, method, path string, body any) map[string]any {
	c.t.Helper()
	got, answer := c.do(method, path, body)
	if got != want {
		c.t.Fatalf("%s %s %v: status %d, want %d: %v", method, path, body, got, want, answer)
	}
	return answer
}

// login returns a client that is signed in as the i-th user.
func (c *client) login(i int) *client {
	c.t.Helper()
	answer := c.must(http.StatusOK, "POST", "/auth/token", credentials(userName(i), userPassword(i)))
	return &client{c.t, c.handler, answer["access_token"].(string)}
}

func credentials(user, password string) map[string]string {
	return map[string]string{"username": user, "password": password}
}

func (c *client) balance(i int) float64 {
	c.t.Helper()
	return c.must(http.StatusOK, "GET", "/accounts/"+accountID(i)+"/balance", nil)["balance"].(float64)
}

func ids(answer map[string]any) (ids []int) {
	for _, p := range answer["products"].([]any) {
		ids = append(ids, int(p.(map[string]any)["id"].(float64)))
	}
	return ids
}

func TestStatus(t *testing.T) {
	c := newClient(t)
	user := c.login(0)
	line := func(product, quantity int) any {
		return map[string]any{"items": []any{map[string]int{"product": product, "quantity": quantity}}}
	}
	tests := []struct {
		client       *client
		method, path string
		body         any
		want         int
	}{
		{c, "GET", "/health", nil, 200},
		{c, "GET", "/nowhere", nil, 404},
		{c, "POST", "/products", nil, 405},
		{c, "GET", "/products?page=0", nil, 400},
		{c, "GET", "/products?page=x", nil, 400},
		{c, "GET", "/products/0", nil, 404},
		{c, "GET", "/products/x", nil, 404},
		{c, "GET", "/products/201", nil, 404},
		{c, "GET", "/products/200", nil, 200},
		{c, "POST", "/auth/token", "no object", 400},
		{c, "POST", "/auth/token", credentials(userName(0), userPassword(1)), 401},
		{c, "POST", "/auth/token", credentials("nobody", "x"), 401},
		{c, "POST", "/admin/seed", map[string]int{"products": 0}, 400},
		{c, "POST", "/admin/seed", map[string]int{"accounts": 1}, 400},
		{c, "POST", "/cart", line(1, 1), 401},
		{user, "POST", "/cart", line(1, 0), 400},
		{user, "POST", "/cart", line(1, 101), 400},
		{user, "POST", "/cart", line(999, 1), 404},
		{user, "POST", "/cart", map[string]any{}, 400},
		{user, "POST", "/orders", map[string]int{"cart": 1}, 404},
		{user, "GET", "/accounts/" + accountID(1) + "/balance", nil, 403},
		{user, "POST", "/transfers", map[string]any{"to": accountID(1), "amount": 0}, 400},
		{user, "POST", "/transfers", map[string]any{"to": accountID(1), "amount": -1}, 400},
		{user, "POST", "/transfers", map[string]any{"to": accountID(1), "amount": 1e18}, 400},
		{user, "POST", "/transfers", map[string]any{"to": accountID(0), "amount": 1}, 400},
		{user, "POST", "/transfers", map[string]any{"to": "nobody", "amount": 1}, 404},
		{user, "POST", "/transfers", map[string]any{"to": accountID(1), "amount": 1e6}, 409},
		{user, "POST", "/transfers", map[string]any{"to": accountID(1), "amount": 0.01}, 201},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.method, test.path, test.body), func(t *testing.T) {
			if got, answer := test.client.do(test.method, test.path, test.body); got != test.want {
				t.Errorf("status %d, want %d: %v", got, test.want, answer)
			}
		})
	}
}

func TestToken(t *testing.T) {
	c := newClient(t)
	good := c.login(0).token
	stranger, err := newSigner()
	if err != nil {
		t.Fatal(err)
	}
	forged, err := stranger.sign(accountID(0))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"foreign key":       forged,
		"cut short":         good[:len(good)-2],
		"another payload":   strings.Replace(good, ".ey", ".eY", 1),
		"no signature":      good[:strings.LastIndexByte(good, '.')+1],
		"another algorithm": strings.Replace(good, jwtHeader, "eyJhbGciOiJub25lIn0", 1),
		"no token":          "x",
	} {
		t.Run(name, func(t *testing.T) {
			user := &client{t, c.handler, token}
			user.must(http.StatusUnauthorized, "GET", "/accounts/"+accountID(0)+"/balance", nil)
		})
	}
	(&client{t, c.handler, good}).balance(0)
}

func TestListPages(t *testing.T) {
	c := newClient(t)
	var all []int
	for page := 1; ; page++ {
		answer := c.must(http.StatusOK, "GET", fmt.Sprintf("/products?page=%d", page), nil)
		if answer["total"] != float64(testProducts) {
			t.Fatalf("total is %v, want %d", answer["total"], testProducts)
		}
		got := ids(answer)
		if len(got) == 0 {
			break
		}
		all = append(all, got...)
	}
	want := make([]int, testProducts)
	for i := range want {
		want[i] = i + 1
	}
	if !slices.Equal(all, want) {
		t.Errorf("pages hold %v", all)
	}
}

// TestSearch compares the search with a plain look into every product.
func TestSearch(t *testing.T) {
	products, stock := makeProducts(testProducts, 1)
	c, err := newCatalog(products, stock)
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"oak", "OAK lamp", "lamp  oak, shelf", "tool", "nothing like it", "200", "garden"} {
		t.Run(query, func(t *testing.T) {
			var want, got []int
			for _, p := range products {
				text := words(strings.Join(append(p.Tags, p.Name, p.Description), " "))
				if !slices.ContainsFunc(words(query), func(w string) bool { return !slices.Contains(text, w) }) {
					want = append(want, p.ID)
				}
			}
			for _, p := range c.search(query) {
				got = append(got, p.ID)
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("found %v, want %v", got, want)
			}
		})
	}
}

func TestSearchRanksNamesFirst(t *testing.T) {
	products := []product{
		{ID: 1, Name: "chair", Description: "goes with an oak table"},
		{ID: 2, Name: "oak table"},
		{ID: 3, Name: "table", Tags: []string{"oak"}},
	}
	c, err := newCatalog(products, make([]int64, 3))
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, p := range c.search("oak") {
		got = append(got, p.ID)
	}
	if want := []int{2, 3, 1}; !slices.Equal(got, want) {
		t.Errorf("ranked %v, want %v", got, want)
	}
}

func TestFacets(t *testing.T) {
	got := countFacets([]*product{
		{Category: "garden", Tags: []string{"oak", "tall"}, Price: 300},
		{Category: "office", Tags: []string{"oak"}, Price: 200},
		{Category: "garden", Price: 400},
	})
	want := `{"categories":[{"name":"garden","count":2},{"name":"office","count":1}],` +
		`"tags":[{"name":"oak","count":2},{"name":"tall","count":1}],"min_price":2.00,"max_price":4.00}`
	if text, err := json.Marshal(got); err != nil || string(text) != want {
		t.Errorf("got %s, want %s (%v)", text, want, err)
	}
}

func TestProductPage(t *testing.T) {
	c := newClient(t)
	answer := c.must(http.StatusOK, "GET", "/products/7", nil)
	html := answer["html"].(string)
	if !strings.Contains(html, `<article id="product-7">`) || strings.Contains(html, " & ") {
		t.Errorf("page is not rendered or not escaped: %s", html)
	}
	related := answer["related"].([]any)
	if len(related) == 0 || len(related) > relatedCount {
		t.Errorf("%d related products, want 1 to %d", len(related), relatedCount)
	}
	for _, p := range related {
		if p.(map[string]any)["id"] == 7.0 {
			t.Error("the product is related to itself")
		}
	}
}

func TestOrder(t *testing.T) {
	c := newClient(t)
	user, other := c.login(0), c.login(1)
	product := c.must(http.StatusOK, "GET", "/products/5", nil)
	price, stock := product["price"].(float64), product["stock"].(float64)

	filled := user.must(http.StatusCreated, "POST", "/cart",
		map[string]any{"items": []any{map[string]int{"product": 5, "quantity": 10}}})
	if got, want := filled["total"].(float64), price*10*0.95; got < want-0.011 || got > want+0.011 {
		t.Errorf("ten pieces at %v cost %v, want %v", price, got, want)
	}
	cart := map[string]any{"cart": filled["id"]}
	other.must(http.StatusNotFound, "POST", "/orders", cart)
	placed := user.must(http.StatusCreated, "POST", "/orders", cart)
	if placed["total"] != filled["total"] {
		t.Errorf("the order costs %v, the cart %v", placed["total"], filled["total"])
	}
	user.must(http.StatusNotFound, "POST", "/orders", cart)
	if got := c.must(http.StatusOK, "GET", "/products/5", nil)["stock"]; got != stock-10 {
		t.Errorf("stock is %v after 10 of %v were ordered", got, stock)
	}
}

func TestOutOfStock(t *testing.T) {
	_, store := openShop(t, t.TempDir())
	products, _ := makeProducts(2, 1)
	if err := store.Replace(products, []int64{5, 1}, nil); err != nil {
		t.Fatal(err)
	}
	_, err := store.PlaceOrder(order{Lines: []line{{Product: 1, Quantity: 5}, {Product: 2, Quantity: 2}}})
	if err == nil || !strings.Contains(err.Error(), "product 2: out of stock") {
		t.Errorf("got %v, want product 2 to be out of stock", err)
	}
	_, stock, err := store.Products()
	if want := []int64{5, 1}; err != nil || !slices.Equal(stock, want) {
		t.Errorf("stock is %v after a refused order, want %v (%v)", stock, want, err)
	}
}

func TestOldCartsGiveWay(t *testing.T) {
	c := newCarts()
	for range maxCarts + 1 {
		c.put("a", cart{})
	}
	if _, ok := c.take("a", 1); ok {
		t.Error("the oldest cart is still open")
	}
	if _, ok := c.take("a", 2); !ok {
		t.Error("the second oldest cart is gone")
	}
}

// TestTransfersAtOnce checks that no money is made or lost.
func TestTransfersAtOnce(t *testing.T) {
	c := newClient(t)
	const users = 4
	clients := make([]*client, users)
	sum := 0.0
	for i := range clients {
		clients[i] = c.login(i)
		sum += clients[i].balance(i)
	}
	var wg sync.WaitGroup
	for i, user := range clients {
		wg.Go(func() {
			for n := range 20 {
				to := accountID((i + 1 + n%(users-1)) % users)
				status, answer := user.do("POST", "/transfers", map[string]any{"to": to, "amount": 1.25})
				if status != http.StatusCreated && status != http.StatusConflict {
					t.Errorf("status %d: %v", status, answer)
				}
			}
		})
	}
	wg.Wait()
	for i, user := range clients {
		sum -= user.balance(i)
	}
	if sum < -0.001 || sum > 0.001 {
		t.Errorf("%.2f is missing", sum)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	c := newClient(t)
	user := c.login(0)
	for range 3 {
		user.must(http.StatusCreated, "POST", "/transfers", map[string]any{"to": accountID(1), "amount": 0.5})
	}
	recent := user.must(http.StatusOK, "GET", "/accounts/"+accountID(0)+"/balance", nil)["recent"].([]any)
	if len(recent) != recentEntries {
		t.Fatalf("%d recent entries, want %d", len(recent), recentEntries)
	}
	if latest := recent[0].(map[string]any); latest["amount"] != -0.5 || latest["with"] != accountID(1) {
		t.Errorf("the latest entry is %v", latest)
	}
}

func TestSeedIsDeterministic(t *testing.T) {
	list := func(seed uint64) string {
		c, _ := openShop(t, t.TempDir())
		c.must(http.StatusOK, "POST", "/admin/seed", map[string]uint64{"products": 30, "accounts": 2, "seed": seed})
		answer := c.must(http.StatusOK, "GET", "/products", nil)
		return fmt.Sprint(answer, c.login(0).balance(0))
	}
	first := list(7)
	if again := list(7); again != first {
		t.Error("two shops of one seed differ")
	}
	if list(8) == first {
		t.Error("the seed changes nothing")
	}
}

func TestDataOutlivesTheShop(t *testing.T) {
	dir := t.TempDir()
	c, store := openShop(t, dir)
	c.must(http.StatusOK, "POST", "/admin/seed", map[string]int{"products": 30, "accounts": 2})
	want := fmt.Sprint(c.must(http.StatusOK, "GET", "/products", nil))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	c, _ = openShop(t, dir)
	if got := fmt.Sprint(c.must(http.StatusOK, "GET", "/products", nil)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestAccountsFile checks that every row of the load profile's accounts can log
// in and pay; with -update it writes them.
func TestAccountsFile(t *testing.T) {
	if *update {
		writeAccounts(t)
	}
	file, err := os.Open("accounts.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != testAccounts+1 {
		t.Fatalf("%d rows, want %d and a header (%v)", len(rows), testAccounts, err)
	}
	c := newClient(t)
	for _, row := range rows[1:] {
		answer := c.must(http.StatusOK, "POST", "/auth/token", credentials(row[0], row[1]))
		user := &client{t, c.handler, answer["access_token"].(string)}
		user.must(http.StatusOK, "GET", "/accounts/"+row[2]+"/balance", nil)
		user.must(http.StatusCreated, "POST", "/transfers", map[string]any{"to": row[3], "amount": 0.01})
	}
}

func writeAccounts(t *testing.T) {
	t.Helper()
	text := "user,password,id,payee\n"
	for i := range testAccounts {
		text += fmt.Sprintf("%s,%s,%s,%s\n", userName(i), userPassword(i), accountID(i), accountID((i+1)%testAccounts))
	}
	if err := os.WriteFile("accounts.csv", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRun starts the whole shop, asks for its health and stops it while a
// request is cut short.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, logTo := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0", "-data", t.TempDir()}, logTo)
		logTo.Close()
		done <- err
	}()
	lines := bufio.NewReader(log)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("no line of log: %v", err)
	}
	var addr string
	if _, err := fmt.Sscanf(first, "shop: listening on %s", &addr); err != nil {
		t.Fatalf("log %q: %v", first, err)
	}
	addr = strings.TrimSuffix(addr, ",")
	if err := healthcheck(ctx, addr); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /health HTTP/1.1\r\n")); err != nil {
		t.Fatal(err)
	}
	stop()
	rest, err := io.ReadAll(lines)
	if err != nil || len(rest) > 0 {
		t.Errorf("more log than one line: %q (%v)", rest, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := healthcheck(t.Context(), addr); err == nil {
		t.Error("a stopped shop is well")
	}
}

// BenchmarkRequest times one request of each kind, without the network.
func BenchmarkRequest(b *testing.B) {
	c, _ := openShop(b, b.TempDir())
	c.must(http.StatusOK, "POST", "/admin/seed", map[string]int{"products": 1000, "accounts": 100})
	user := c.login(0)
	for name, request := range map[string]func(i int){
		"login":    func(int) { c.login(0) },
		"list":     func(i int) { c.must(http.StatusOK, "GET", fmt.Sprintf("/products?page=%d", 1+i%5), nil) },
		"search":   func(i int) { c.must(http.StatusOK, "GET", "/products?q="+tags[i%len(tags)], nil) },
		"product":  func(i int) { c.must(http.StatusOK, "GET", fmt.Sprintf("/products/%d", 1+i%1000), nil) },
		"balance":  func(int) { user.balance(0) },
		"transfer": func(int) { user.do("POST", "/transfers", map[string]any{"to": accountID(1), "amount": 0.01}) },
		"order": func(int) {
			cart := user.must(http.StatusCreated, "POST", "/cart",
				map[string]any{"items": []any{map[string]int{"product": 5, "quantity": 1}}})
			user.must(http.StatusCreated, "POST", "/orders", map[string]any{"cart": cart["id"]})
		},
	} {
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				request(i)
			}
		})
	}
}
