// Judge says who may reach whom under NetworkPolicies, by cyclonus' matcher.
//
// Standard input is a JSON list of cases, standard output a JSON list of their verdicts: for each source, for each
// destination (pods first, then addresses) a string with one digit for each port, 0 to 3: 1 if the source's egress
// allows it, plus 2 if the destination's ingress does.
package main

import (
	"encoding/json"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

type port struct {
	Number   int           `json:"number"`
	Protocol core.Protocol `json:"protocol"`
	Name     string        `json:"name"`
}

type pod struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	IP        string            `json:"ip"`
	Ports     []port            `json:"ports"`
}

type question struct {
	Namespaces map[string]map[string]string `json:"namespaces"`
	Pods       []pod                        `json:"pods"`
	Addresses  []string                     `json:"addresses"`
	Ports      []port                       `json:"ports"`
	Policies   []*networking.NetworkPolicy  `json:"policies"`
}

func main() {
	var cases []question
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	check(decoder.Decode(&cases))
	answers := make([][][]string, len(cases))
	for i, each := range cases {
		answers[i] = each.answer()
	}
	check(json.NewEncoder(os.Stdout).Encode(answers))
}

func (q question) answer() [][]string {
	peers := q.peers(replaceSelectors(q))
	// Not simplified: what is judged are the policies, not cyclonus' simplification of them.
	policies := matcher.BuildNetworkPolicies(false, q.Policies)
	answer := make([][]string, len(peers))
	for i, source := range peers {
		answer[i] = make([]string, len(peers))
		for j, destination := range peers {
			digits := make([]byte, len(q.Ports))
			for k, asked := range q.Ports {
				digits[k] = '0'
				allowed := policies.IsTrafficAllowed(&matcher.Traffic{
					Source:           source,
					Destination:      destination,
					ResolvedPort:     asked.Number,
					ResolvedPortName: q.nameAt(j, asked),
					Protocol:         asked.Protocol,
				})
				if allowed.Egress.IsAllowed() {
					digits[k]++
				}
				if allowed.Ingress.IsAllowed() {
					digits[k] += 2
				}
			}
			answer[i][j] = string(digits)
		}
	}
	return answer
}

// nameAt is what the destination calls a port; names of ports are the destination's.
func (q question) nameAt(destination int, asked port) string {
	if destination < len(q.Pods) {
		for _, declared := range q.Pods[destination].Ports {
			if declared.Number == asked.Number && declared.Protocol == asked.Protocol {
				return declared.Name
			}
		}
	}
	return ""
}

// peers are the pods and addresses as cyclonus knows them, with marks among their labels.
func (q question) peers(marks *marks) []*matcher.TrafficPeer {
	peers := []*matcher.TrafficPeer{}
	for i, each := range q.Pods {
		peers = append(peers, &matcher.TrafficPeer{IP: each.IP, Internal: &matcher.InternalPeer{
			Namespace:       each.Namespace,
			NamespaceLabels: marks.namespaces[each.Namespace],
			PodLabels:       marks.pods[i],
		}})
	}
	for _, address := range q.Addresses {
		peers = append(peers, &matcher.TrafficPeer{IP: address})
	}
	return peers
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
