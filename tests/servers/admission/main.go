// Command kyverno-judge judges manifests by ValidatingPolicies, with what Kyverno is made of: its matcher, its compiler of
// expressions, and its environment. It is Kyverno's command line without what that has for images, registries, clouds and
// reports, which is two thirds of it, and the reason why it takes so long to build.
//
//	kyverno-judge POLICIES NAMESPACE < OBJECTS
//
// POLICIES is a file with policies, NAMESPACE one with the Namespace of all objects; both are JSON, as are the objects.
// It prints a line for each object and policy: {"object", "policy", "result": "pass", "fail", "skip" or "error", "message"}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	"github.com/kyverno/kyverno/pkg/cel/compiler"
	"github.com/kyverno/kyverno/pkg/cel/matching"
	"github.com/kyverno/sdk/extensions/cel/utils"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/authentication/user"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/lazy"
)

type policy struct {
	name        string
	criteria    matching.MatchCriteria
	variables   map[string]cel.Program
	validations []compiler.Validation
}

type verdict struct {
	Object  string `json:"object"`
	Policy  string `json:"policy"`
	Result  string `json:"result"`
	Message string `json:"message,omitempty"`
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(policies, namespace string) error {
	var compiled []policy
	err := each[v1beta1.ValidatingPolicy](policies, func(made v1beta1.ValidatingPolicy) error {
		one, err := compile(made)
		compiled = append(compiled, one)
		return err
	})
	if err != nil {
		return err
	}
	var space *corev1.Namespace
	err = each[corev1.Namespace](namespace, func(found corev1.Namespace) error {
		space = &found
		return nil
	})
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	return decode[map[string]any](os.Stdin, func(object map[string]any) error {
		for _, by := range compiled {
			if err := out.Encode(judge(by, unstructured.Unstructured{Object: object}, space)); err != nil {
				return err
			}
		}
		return nil
	})
}

// compile does what Kyverno's compiler of policies does, in an environment without its libraries for images, registries,
// HTTP and the cluster.
func compile(made v1beta1.ValidatingPolicy) (policy, error) {
	base := environment.MustBaseEnvSet(version.MajorMinor(1, 0))
	env, err := base.Env(environment.StoredExpressions)
	if err != nil {
		return policy{}, err
	}
	provider := compiler.NewVariablesProvider(env.CELTypeProvider())
	declared, err := apiservercel.NewDeclTypeProvider(compiler.NamespaceType, compiler.RequestType).EnvOptions(provider)
	if err != nil {
		return policy{}, err
	}
	options := append(compiler.DefaultEnvOptionsWithCompat(),
		cel.Variable(compiler.NamespaceObjectKey, compiler.NamespaceType.CelType()),
		cel.Variable(compiler.ObjectKey, cel.DynType),
		cel.Variable(compiler.OldObjectKey, cel.DynType),
		cel.Variable(compiler.RequestKey, compiler.RequestType.CelType()),
		cel.Types(compiler.NamespaceType.CelType()),
		cel.Types(compiler.RequestType.CelType()),
		cel.Variable(compiler.VariablesKey, compiler.VariablesType),
	)
	extended, err := base.Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        append(options, declared...),
	})
	if err != nil {
		return policy{}, err
	}
	if env, err = extended.Env(environment.StoredExpressions); err != nil {
		return policy{}, err
	}
	if len(made.Spec.MatchConditions) > 0 {
		return policy{}, errors.New("match conditions are not judged here")
	}
	path := field.NewPath("spec")
	variables, wrong := compiler.CompileVariables(path.Child("variables"), env, provider, made.Spec.Variables...)
	if wrong != nil {
		return policy{}, fmt.Errorf("%s: %w", made.Name, wrong.ToAggregate())
	}
	found := policy{
		name:      made.Name,
		criteria:  matching.MatchCriteria{Constraints: made.Spec.MatchConstraints},
		variables: variables,
	}
	for _, rule := range made.Spec.Validations {
		one, wrong := compiler.CompileValidation(path.Child("validations"), env, rule)
		if wrong != nil {
			return policy{}, fmt.Errorf("%s: %w", made.Name, wrong.ToAggregate())
		}
		found.validations = append(found.validations, one)
	}
	return found, nil
}

func judge(by policy, object unstructured.Unstructured, space *corev1.Namespace) verdict {
	told := verdict{Object: object.GetName(), Policy: by.name, Result: "pass"}
	kind := object.GroupVersionKind()
	resource := schema.GroupVersionResource{
		Group: kind.Group, Version: kind.Version, Resource: strings.ToLower(kind.Kind) + "s",
	}
	none := unstructured.Unstructured{}
	asked := admission.NewAttributesRecord(&object, &none, kind, object.GetNamespace(), object.GetName(), resource, "",
		admission.Create, nil, false, &user.DefaultInfo{})
	matches, err := matching.NewMatcher().Match(&by.criteria, asked, space)
	if err != nil {
		return told.failed(err)
	}
	if !matches {
		told.Result = "skip"
		return told
	}
	// as Kyverno gives it: what was there before is empty where nothing was
	before, err := utils.ObjectToResolveVal(&none)
	if err != nil {
		return told.failed(err)
	}
	values := lazy.NewMapValue(compiler.VariablesType)
	data := map[string]any{
		compiler.ObjectKey:    object.Object,
		compiler.OldObjectKey: before,
		compiler.VariablesKey: values,
	}
	for name, program := range by.variables {
		values.Append(name, func(*lazy.MapValue) ref.Val {
			out, _, err := program.ContextEval(context.Background(), data)
			if err != nil {
				return types.WrapErr(err)
			}
			return out
		})
	}
	for _, validation := range by.validations {
		out, _, err := validation.Program.ContextEval(context.Background(), data)
		if err != nil {
			return told.failed(err)
		}
		if good, err := utils.ConvertToNative[bool](out); err != nil {
			return told.failed(err)
		} else if good {
			continue
		}
		out, _, err = validation.MessageExpression.ContextEval(context.Background(), data)
		if err != nil {
			return told.failed(err)
		}
		told.Result = "fail"
		told.Message = fmt.Sprint(out.Value())
		return told
	}
	return told
}

func (v verdict) failed(err error) verdict {
	v.Result, v.Message = "error", err.Error()
	return v
}

func each[T any](path string, use func(T) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return decode(file, use)
}

func decode[T any](from io.Reader, use func(T) error) error {
	reader := json.NewDecoder(bufio.NewReader(from))
	for {
		var next T
		if err := reader.Decode(&next); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := use(next); err != nil {
			return err
		}
	}
}
